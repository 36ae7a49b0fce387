package rawjson

import "strconv"

// deepest is how far a cursor follows objects and lists into each other;
// encoding/json goes ten times as far.
const deepest = 1000

// Cursor walks over one JSON text, once and from left to right. After the first
// thing that it does not take it stands still, every method returns the zero
// value, and [Cursor.Done] is false. An object is walked over with
//
//	for c.Enter('{'); c.Next('}'); {
//		switch string(c.Key()) { … }
//	}
//
// and a list in the same way with its brackets and without keys. Every turn has
// to take exactly one value.
type Cursor struct {
	text   []byte
	copied string // text, as soon as a part of it is wanted as a string
	at     int
	depth  int
	first  bool // nothing of the object or list was taken yet
	failed bool
}

// Over returns a cursor in front of a text.
func Over(text []byte) Cursor { return Cursor{text: text} }

// Done reports whether the text was taken to its end, but for white space.
func (c *Cursor) Done() bool {
	return !c.failed && c.depth == 0 && c.peek() == 0 && c.at == len(c.text)
}

// Fail makes the cursor refuse the text, for something its user does not take.
func (c *Cursor) Fail() { c.failed, c.at = true, len(c.text) }

// Offset is how many bytes were taken.
func (c *Cursor) Offset() int { return c.at }

// peek skips white space and returns the byte that follows, or 0.
func (c *Cursor) peek() byte {
	c.at = skipSpace(c.text, c.at)
	if c.at == len(c.text) {
		return 0
	}
	return c.text[c.at]
}

// take takes one byte behind white space.
func (c *Cursor) take(b byte) {
	if c.peek() != b {
		c.Fail()
		return
	}
	c.at++
}

// Enter takes the opening brace of an object or bracket of a list.
func (c *Cursor) Enter(open byte) {
	c.take(open)
	c.first = true
	if c.depth++; c.depth > deepest {
		c.Fail()
	}
}

// Next reports whether there is another member or element, and takes what
// closes the object or list if there is none.
func (c *Cursor) Next(end byte) bool {
	first := c.first
	c.first = false
	switch b := c.peek(); {
	case c.failed:
		return false
	case b == end:
		c.at++
		c.depth--
		return false
	case !first:
		c.take(',')
	}
	return !c.failed
}

// Key takes a key and its colon. The key must be plain, as for [Cursor.Plain].
func (c *Cursor) Key() []byte {
	key := c.Plain()
	c.take(':')
	return key
}

// Plain takes a string of printable ASCII without escapes, and returns what is
// between its quotes.
func (c *Cursor) Plain() []byte {
	c.take('"')
	text, start := c.text, c.at
	i := start
	for i < len(text) && ' ' <= text[i] && text[i] <= '~' && text[i] != '"' && text[i] != '\\' {
		i++
	}
	if i == len(text) || text[i] != '"' {
		c.Fail()
		return nil
	}
	c.at = i + 1
	return text[start:i]
}

// Text is Plain as a string. All texts of one cursor share a copy of what it
// walks over.
func (c *Cursor) Text() string {
	n := len(c.Plain())
	if n == 0 {
		return ""
	}
	if c.copied == "" {
		c.copied = string(c.text)
	}
	end := c.at - len(`"`)
	return c.copied[end-n : end]
}

// Int takes a number that is an int.
func (c *Cursor) Int() int {
	n, err := strconv.Atoi(string(c.Value()))
	if err != nil {
		c.Fail()
	}
	return n
}

// Uint takes a number that is a uint64.
func (c *Cursor) Uint() uint64 {
	n, err := strconv.ParseUint(string(c.Value()), 10, 64)
	if err != nil {
		c.Fail()
	}
	return n
}

// Bool takes true or false.
func (c *Cursor) Bool() bool {
	switch string(c.Value()) {
	case "true":
		return true
	case "false":
	default:
		c.Fail()
	}
	return false
}

// Value takes any value and returns its bytes.
func (c *Cursor) Value() []byte {
	start := skipSpace(c.text, c.at)
	end := skipValue(c.text, start, c.depth)
	if end == refused {
		c.Fail()
		return nil
	}
	c.at = end
	return c.text[start:end:end]
}
