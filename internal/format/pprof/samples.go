package pprof

import (
	"encoding/binary"
	"hash/maphash"
)

// samples are those of a file, until the tables have come that they refer to: each stack once, as numbers
// of locations, and each sample as the number of its stack and its values. They take less memory than the
// file has bytes, and are let go while they are gone through.
type samples struct {
	seeds  [2]maphash.Seed
	known  map[[2]uint64]uint32 // the number of a stack by two hashes of it: that two stacks have the same will never be
	stacks records
	of     records
	key    []byte
}

func newSamples() samples {
	return samples{seeds: [2]maphash.Seed{maphash.MakeSeed(), maphash.MakeSeed()}, known: map[[2]uint64]uint32{}}
}

// add adds a sample.
func (s *samples) add(locations []uint32, values []uint64) {
	s.key = s.key[:0]
	for _, l := range locations {
		s.key = binary.AppendUvarint(s.key, uint64(l))
	}
	hash := [2]uint64{maphash.Bytes(s.seeds[0], s.key), maphash.Bytes(s.seeds[1], s.key)}
	number, ok := s.known[hash]
	if !ok {
		number = uint32(s.stacks.n)
		s.known[hash] = number
		s.stacks.add(s.key)
	}
	s.key = binary.AppendUvarint(s.key[:0], uint64(number))
	for _, v := range values {
		s.key = binary.AppendUvarint(s.key, v)
	}
	s.of.add(s.key)
}

// records are many short runs of bytes.
type records struct {
	n      int
	chunks [][]byte
}

const chunkBytes = 256 << 10

func (r *records) add(record []byte) {
	var head [binary.MaxVarintLen64]byte
	length := binary.PutUvarint(head[:], uint64(len(record)))
	last := len(r.chunks) - 1
	if last < 0 || cap(r.chunks[last])-len(r.chunks[last]) < length+len(record) {
		r.chunks = append(r.chunks, make([]byte, 0, max(chunkBytes, length+len(record))))
		last++
	}
	r.chunks[last] = append(append(r.chunks[last], head[:length]...), record...)
	r.n++
}

// each calls f with each record until that fails, as numbers, and lets go of what it has gone through.
func (r *records) each(f func(numbers []uint64) error) error {
	var numbers []uint64
	for i, chunk := range r.chunks {
		for len(chunk) > 0 {
			length, n := binary.Uvarint(chunk)
			record := chunk[n : n+int(length)]
			chunk = chunk[n+int(length):]
			numbers = numbers[:0]
			for len(record) > 0 {
				v, n := binary.Uvarint(record)
				numbers, record = append(numbers, v), record[n:]
			}
			if err := f(numbers); err != nil {
				return err
			}
		}
		r.chunks[i] = nil
	}
	r.chunks = nil
	return nil
}
