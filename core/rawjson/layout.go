package rawjson

// AppendCompact adds JSON that is known to be valid to out, without its white
// space, as json.Compact does.
func AppendCompact(out, valid []byte) []byte {
	for i := skipSpace(valid, 0); i < len(valid); i = skipSpace(valid, i) {
		end := i + 1
		if valid[i] == '"' {
			end = skipString(valid, i)
		}
		out = append(out, valid[i:end]...)
		i = end
	}
	return out
}

// AppendIndent adds compact JSON that is known to be valid to out, laid out as
// json.Indent does.
func AppendIndent(out, compact []byte, indent string) []byte {
	depth := 0
	for i := 0; i < len(compact); i++ {
		switch b := compact[i]; b {
		case '"':
			end := skipString(compact, i)
			out = append(out, compact[i:end]...)
			i = end - 1
		case '{', '[':
			out = append(out, b)
			if end := compact[i+1]; end == b+2 { // nothing is in it
				out = append(out, end)
				i++
				continue
			}
			depth++
			out = appendLine(out, indent, depth)
		case ',':
			out = appendLine(append(out, b), indent, depth)
		case ':':
			out = append(out, ": "...)
		case '}', ']':
			depth--
			out = append(appendLine(out, indent, depth), b)
		default:
			out = append(out, b)
		}
	}
	return out
}

func appendLine(out []byte, indent string, depth int) []byte {
	out = append(out, '\n')
	for range depth {
		out = append(out, indent...)
	}
	return out
}
