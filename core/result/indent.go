package result

import "bytes"

// indent lays out compact JSON as json.Indent does with four spaces, which would
// judge every byte once more.
func indent(out *bytes.Buffer, compact []byte) {
	depth := 0
	line := func() {
		out.WriteByte('\n')
		for range depth {
			out.WriteString("    ")
		}
	}
	for i := 0; i < len(compact); i++ {
		switch b := compact[i]; b {
		case '"':
			end := i + 1
			for compact[end] != '"' {
				if compact[end] == '\\' {
					end++
				}
				end++
			}
			out.Write(compact[i : end+1])
			i = end
		case '{', '[':
			out.WriteByte(b)
			if next := compact[i+1]; next == b+2 { // nothing is in it
				out.WriteByte(next)
				i++
				continue
			}
			depth++
			line()
		case ',':
			out.WriteByte(b)
			line()
		case ':':
			out.WriteString(": ")
		case '}', ']':
			depth--
			line()
			out.WriteByte(b)
		default:
			out.WriteByte(b)
		}
	}
}
