package rawjson

import "encoding/json"

// Valid reports what json.Valid does, sooner.
func Valid(text []byte) bool {
	c := Over(text)
	c.skip()
	return c.Done() || json.Valid(text)
}

// skip takes any value.
func (c *Cursor) skip() {
	switch b := c.peek(); b {
	case '{':
		for c.Enter('{'); c.Next('}'); {
			c.skipString()
			c.take(':')
			c.skip()
		}
	case '[':
		for c.Enter('['); c.Next(']'); {
			c.skip()
		}
	case '"':
		c.skipString()
	case 't':
		c.skipWord("true")
	case 'f':
		c.skipWord("false")
	case 'n':
		c.skipWord("null")
	default:
		c.skipNumber()
	}
}

func (c *Cursor) skipWord(word string) {
	end := c.at + len(word)
	if end > len(c.text) || string(c.text[c.at:end]) != word {
		c.Fail()
		return
	}
	c.at = end
}

// skipString takes a string with whatever it may hold (RFC 8259 §7). That it is
// UTF-8 is not asked for: encoding/json does not either.
func (c *Cursor) skipString() {
	c.take('"')
	for !c.failed {
		rest := c.text[c.at:]
		i := 0
		for i < len(rest) && rest[i] != '"' && rest[i] != '\\' && rest[i] >= ' ' {
			i++
		}
		c.at += i
		if c.skipAny(`"`) {
			return
		}
		c.skipEscape()
	}
}

func (c *Cursor) skipEscape() {
	if !c.skipAny(`\`) {
		c.Fail()
		return
	}
	if c.skipAny(`"\/bfnrt`) {
		return
	}
	if !c.skipAny("u") {
		c.Fail()
	}
	for range 4 {
		if !c.skipAny("0123456789abcdefABCDEF") {
			c.Fail()
		}
	}
}

func isDigit(b byte) bool { return '0' <= b && b <= '9' }

// skipNumber takes a number (RFC 8259 §6).
func (c *Cursor) skipNumber() {
	c.skipAny("-")
	if !c.skipAny("0") {
		c.skipDigits()
	}
	if c.skipAny(".") {
		c.skipDigits()
	}
	if c.skipAny("eE") {
		c.skipAny("+-")
		c.skipDigits()
	}
}

// skipAny takes the next byte if it is one of a set.
func (c *Cursor) skipAny(set string) bool {
	if c.at >= len(c.text) {
		return false
	}
	for i := range len(set) {
		if c.text[c.at] == set[i] {
			c.at++
			return true
		}
	}
	return false
}

// skipDigits takes at least one digit.
func (c *Cursor) skipDigits() {
	start := c.at
	for c.at < len(c.text) && isDigit(c.text[c.at]) {
		c.at++
	}
	if c.at == start {
		c.Fail()
	}
}
