package inject

import "encoding/binary"

// arena is bytes that will lie in the program's memory from the address base on.
type arena struct {
	base    uint64
	content []byte
}

// next returns the address that the next bytes will have, a multiple of align.
func (a *arena) next(align uint64) uint64 {
	a.content = append(a.content, make([]byte, -uint64(len(a.content))&(align-1))...)
	return a.base + uint64(len(a.content))
}

// add adds bytes and returns their address.
func (a *arena) add(b []byte, align uint64) uint64 {
	at := a.next(align)
	a.content = append(a.content, b...)
	return at
}

// addText adds a text for C.
func (a *arena) addText(s string) uint64 { return a.add(append([]byte(s), 0), 1) }

// addValue adds a value of fixed size.
func (a *arena) addValue(v any) uint64 { return a.add(encode(v), 8) }

// encode returns the bytes of a value of fixed size.
func encode(v any) []byte {
	b, err := binary.Append(nil, binary.LittleEndian, v)
	if err != nil {
		panic(err) // its type has no fixed size
	}
	return b
}

const pageBytes = 4096

func roundUp(n, to uint64) uint64 { return (n + to - 1) / to * to }
