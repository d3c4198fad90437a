package dhat

// skip reads over one value of any kind. It does not recurse.
func (s *scanner) skip() {
	var stack [maxDepth]byte // the closing brackets still to come
	depth := 0
	n := 0 // elements read at this depth
	for {
		if depth > 0 {
			if !s.more(stack[depth-1], n) {
				if s.err != nil {
					return
				}
				if depth--; depth == 0 {
					return
				}
				n = 1
				continue
			}
			if stack[depth-1] == '}' {
				s.key()
			}
		}
		n++
		switch c := s.peek(); {
		case c == '"':
			s.bytes()
		case c == '{', c == '[':
			if depth == maxDepth {
				s.damaged("values are nested more than %d deep", maxDepth)
				return
			}
			s.pos++
			stack[depth] = c + 2 // '}' is '{'+2 and ']' is '['+2
			depth++
			n = 0
		case c == '-', '0' <= c && c <= '9':
			s.skipNumber()
		case c == 't':
			s.word("true")
		case c == 'f':
			s.word("false")
		case c == 'n':
			s.word("null")
		default:
			s.unexpected("a value")
		}
		if depth == 0 || s.err != nil {
			return
		}
	}
}

// value returns the text of one value of any kind, valid until the next call.
func (s *scanner) value() []byte {
	s.peek()
	s.keep, s.raw, s.rawFrom = true, s.raw[:0], s.pos
	s.skip()
	if s.err != nil {
		return nil
	}
	s.collect()
	s.keep = false
	return s.raw
}

// collect moves the part of the skipped value that is in the window to raw.
func (s *scanner) collect() {
	s.raw = append(s.raw, s.buf[s.rawFrom:s.pos]...)
	s.rawFrom = 0
	if len(s.raw) > maxValue {
		s.damaged("a value is longer than %d MiB", maxValue>>20)
	}
}

// skipNumber reads over a number. Its exact grammar is left unchecked: the
// value is not wanted, and what follows it is checked.
func (s *scanner) skipNumber() {
	for s.pos < s.end || s.fill() {
		switch c := s.buf[s.pos]; {
		case '0' <= c && c <= '9', c == '-', c == '+', c == '.', c == 'e', c == 'E':
			s.pos++
		default:
			return
		}
	}
}
