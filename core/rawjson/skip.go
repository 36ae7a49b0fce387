package rawjson

import "encoding/json"

// Valid reports what json.Valid does, sooner.
func Valid(text []byte) bool {
	c := Over(text)
	c.Value()
	return c.Done() || json.Valid(text)
}

// refused is what the functions below return instead of where something ends.
const refused = -1

// spaces has the bits of the white space of JSON (RFC 8259 §2).
const spaces = 1<<' ' | 1<<'\t' | 1<<'\r' | 1<<'\n'

// skipSpace returns where the white space at i ends.
func skipSpace(text []byte, i int) int {
	for i < len(text) && text[i] <= ' ' && spaces>>text[i]&1 == 1 {
		i++
	}
	return i
}

// skipTo returns what follows one byte behind white space.
func skipTo(text []byte, i int, b byte) int {
	if i = skipSpace(text, i); i < len(text) && text[i] == b {
		return i + 1
	}
	return refused
}

// skipValue returns where the value at i ends.
func skipValue(text []byte, i, depth int) int {
	if i = skipSpace(text, i); i == len(text) || depth > deepest {
		return refused
	}
	switch text[i] {
	case '{':
		return skipList(text, i+1, '}', depth+1)
	case '[':
		return skipList(text, i+1, ']', depth+1)
	case '"':
		return skipString(text, i)
	case 't':
		return skipWord(text, i, "true")
	case 'f':
		return skipWord(text, i, "false")
	case 'n':
		return skipWord(text, i, "null")
	}
	return skipNumber(text, i)
}

// skipList returns where the object or list ends that was opened before i.
func skipList(text []byte, i int, end byte, depth int) int {
	if at := skipTo(text, i, end); at != refused {
		return at
	}
	for {
		if end == '}' {
			if i = skipString(text, skipSpace(text, i)); i == refused {
				return refused
			}
			if i = skipTo(text, i, ':'); i == refused {
				return refused
			}
		}
		if i = skipValue(text, i, depth); i == refused {
			return refused
		}
		i = skipSpace(text, i)
		switch {
		case i == len(text):
			return refused
		case text[i] == end:
			return i + 1
		case text[i] != ',':
			return refused
		}
		i++
	}
}

func skipWord(text []byte, i int, word string) int {
	end := i + len(word)
	if end > len(text) || string(text[i:end]) != word {
		return refused
	}
	return end
}

// skipString takes a string with whatever it may hold (RFC 8259 §7). That it is
// UTF-8 is not asked for: encoding/json does not either.
func skipString(text []byte, i int) int {
	if i == len(text) || text[i] != '"' {
		return refused
	}
	for i++; i < len(text); i++ {
		switch b := text[i]; {
		case b == '"':
			return i + 1
		case b < ' ':
			return refused
		case b == '\\':
			if i = skipEscape(text, i+1); i == refused {
				return refused
			}
		}
	}
	return refused
}

// skipEscape returns the last byte of an escape.
func skipEscape(text []byte, i int) int {
	if i == len(text) {
		return refused
	}
	switch text[i] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return i
	case 'u':
		for n := range 4 {
			if i+1+n >= len(text) || !isHex(text[i+1+n]) {
				return refused
			}
		}
		return i + 4
	}
	return refused
}

func isHex(b byte) bool {
	return isDigit(b) || 'a' <= b|0x20 && b|0x20 <= 'f'
}

func isDigit(b byte) bool { return '0' <= b && b <= '9' }

// skipNumber takes a number (RFC 8259 §6).
func skipNumber(text []byte, i int) int {
	next := func(b byte) bool { return i < len(text) && text[i] == b }
	if next('-') {
		i++
	}
	if next('0') {
		i++
	} else if i = skipDigits(text, i); i == refused {
		return refused
	}
	if next('.') {
		if i = skipDigits(text, i+1); i == refused {
			return refused
		}
	}
	if next('e') || next('E') {
		i++
		if next('+') || next('-') {
			i++
		}
		return skipDigits(text, i)
	}
	return i
}

// skipDigits takes at least one digit.
func skipDigits(text []byte, i int) int {
	start := i
	for i < len(text) && isDigit(text[i]) {
		i++
	}
	if i == start {
		return refused
	}
	return i
}
