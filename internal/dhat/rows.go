package dhat

import (
	"encoding/json"
	"math"
)

// rowsJSON are rows of numbers in a file. There may be a hundred thousand, which encoding/json
// takes five times as long to read.
type rowsJSON [][]uint64

// UnmarshalJSON reads lists of numbers as they are written. What is not written so, if it is no
// error, encoding/json reads.
func (s *rowsJSON) UnmarshalJSON(text []byte) error {
	rows, ok := scanRows(text, math.MaxUint64, new(arena[uint64]).add)
	if !ok {
		return json.Unmarshal(text, (*[][]uint64)(s))
	}
	*s = rows
	return nil
}

// scanRows reads a list of lists of whole numbers, none above most, each of which keep makes a
// copy of. It reports false for a text that is written in another way.
func scanRows[N uint32 | uint64](text []byte, most uint64, keep func([]N) []N) (rows [][]N, ok bool) {
	rows = make([][]N, 0, 1024)
	depth, number, digits := 0, uint64(0), 0
	var row []N
	for _, c := range text {
		switch {
		case '0' <= c && c <= '9':
			digit := uint64(c - '0')
			if depth != 2 || number > (most-digit)/10 {
				return nil, false
			}
			number, digits = number*10+digit, digits+1
		case c == '[' && depth < 2:
			depth++
			row = row[:0]
		case c == ',' && depth == 2 && digits > 0, c == ']' && depth > 0:
			if digits > 0 {
				row = append(row, N(number))
			}
			number, digits = 0, 0
			if c == ']' {
				if depth--; depth == 1 {
					rows = append(rows, keep(row))
				}
			}
		case c == ',' && depth == 1, c == ' ', c == '\n', c == '\r', c == '\t':
		default:
			return nil, false
		}
	}
	return rows, true
}
