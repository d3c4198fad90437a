package inject

import (
	"encoding/binary"
	"errors"
)

// auxv is a program's auxiliary vector, by key.
type auxv map[uint64]auxEntry

type auxEntry struct{ at, value uint64 } // at is the address of the value

// Keys of the auxiliary vector (getauxval(3)).
const (
	atNull        = 0
	atPhdr        = 3 // address of the program headers
	atPhnum       = 5 // number of program headers
	atEntry       = 9
	atSysinfoEhdr = 33 // the vdso
)

// readAuxv reads the auxiliary vector of a program that has not begun. It lies at
// sp behind the count of arguments, the arguments and the environment, each of which
// ends with 0 (System V ABI, AMD64 supplement, section 3.4.1).
func readAuxv(sp uint64, read func(at uint64, b []byte) error) (auxv, error) {
	at := sp
	word := func() (uint64, error) {
		var b [8]byte
		err := read(at, b[:])
		at += 8
		return binary.LittleEndian.Uint64(b[:]), err
	}
	arguments, err := word()
	if err != nil {
		return nil, err
	}
	at += 8 * (arguments + 1)
	for w := uint64(1); w != 0; {
		if w, err = word(); err != nil {
			return nil, err
		}
	}
	v := make(auxv)
	for {
		key, err := word()
		if err != nil {
			return nil, err
		}
		if key == atNull {
			break
		}
		entry := auxEntry{at: at}
		if entry.value, err = word(); err != nil {
			return nil, err
		}
		v[key] = entry
	}
	if v[atPhdr].value == 0 || v[atPhnum].value == 0 || v[atEntry].value == 0 {
		return nil, errors.New("the kernel has not told where its program headers are")
	}
	return v, nil
}
