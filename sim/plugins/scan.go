package plugins

import "encoding/json"

// scanner reads JSON that is known to be an object, without allocating. It says
// no to whatever it does not know; encoding/json then says why.
type scanner struct {
	text []byte
	at   int
}

func (s *scanner) space() {
	for s.at < len(s.text) {
		switch s.text[s.at] {
		case ' ', '\t', '\n', '\r':
			s.at++
		default:
			return
		}
	}
}

// take steps over a byte if it is the next.
func (s *scanner) take(b byte) bool {
	if s.at < len(s.text) && s.text[s.at] == b {
		s.at++
		return true
	}
	return false
}

// next is take after space.
func (s *scanner) next(b byte) bool {
	s.space()
	return s.take(b)
}

// skip steps over a value. It looks only for where that ends.
func (s *scanner) skip() bool {
	s.space()
	open := 0
	for s.at < len(s.text) {
		switch b := s.text[s.at]; b {
		case '"':
			if _, ok := s.raw(); !ok {
				return false
			}
			if open == 0 {
				return true
			}
			continue
		case '{', '[':
			open++
		case '}', ']':
			if open == 0 {
				return true // the end of a bare word or number
			}
			open--
			if open == 0 {
				s.at++
				return true
			}
		case ',', ' ', '\n', '\t', '\r':
			if open == 0 {
				return true
			}
		}
		s.at++
	}
	return open == 0
}

// raw reads a string and returns what is between its quotes, as it is.
func (s *scanner) raw() ([]byte, bool) {
	if !s.take('"') {
		return nil, false
	}
	for start := s.at; s.at < len(s.text); s.at++ {
		switch s.text[s.at] {
		case '"':
			s.at++
			return s.text[start : s.at-1], true
		case '\\':
			s.at++
		}
	}
	return nil, false
}

// string reads a string.
func (s *scanner) string() (string, bool) {
	s.space()
	start := s.at
	raw, ok := s.raw()
	if !ok {
		return "", false
	}
	for _, b := range raw {
		if b == '\\' || b < ' ' || b >= 0x80 {
			var out string
			err := json.Unmarshal(s.text[start:s.at], &out)
			return out, err == nil
		}
	}
	return string(raw), true
}

// int reads a small whole number.
func (s *scanner) int() (int, bool) {
	s.space()
	minus := s.take('-')
	start, n := s.at, 0
	for s.at < len(s.text) && s.text[s.at] >= '0' && s.text[s.at] <= '9' && s.at-start < 10 {
		n = n*10 + int(s.text[s.at]-'0')
		s.at++
	}
	if s.at == start || s.at < len(s.text) && (s.text[s.at] == '.' || s.text[s.at]|32 == 'e') {
		return 0, false
	}
	if minus {
		n = -n
	}
	return n, true
}

// object calls member for every member of an object; member reads the value.
func (s *scanner) object(member func(s *scanner, key []byte) bool) bool {
	if !s.next('{') {
		return false
	}
	if s.next('}') {
		return true
	}
	for {
		s.space()
		key, ok := s.raw()
		if !ok || !s.next(':') || !member(s, key) {
			return false
		}
		if s.next('}') {
			return true
		}
		if !s.take(',') {
			return false
		}
	}
}

// array calls element for every element of an array; element reads it.
func (s *scanner) array(element func(s *scanner) bool) bool {
	if !s.next('[') {
		return false
	}
	if s.next(']') {
		return true
	}
	for {
		if !element(s) {
			return false
		}
		if s.next(']') {
			return true
		}
		if !s.take(',') {
			return false
		}
	}
}
