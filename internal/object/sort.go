package object

// ByAddress returns what a file has many of, such as symbols, in the order of their
// addresses; those of one address stay in the order in which they are. It sorts digit by
// digit, from the lowest on, which takes a tenth of the time that comparing takes, and
// writes into the slice.
func ByAddress[T any](all []T, address func(*T) uint64) []T {
	const bits = 11 // of a digit
	highest := uint64(0)
	for i := range all {
		highest = max(highest, address(&all[i]))
	}
	sorted := make([]T, len(all))
	for shift := 0; highest>>shift != 0; shift += bits {
		digit := func(x *T) uint64 { return address(x) >> shift % (1 << bits) }
		var next [1 << bits]int // where the next one with a digit goes
		for i := range all {
			next[digit(&all[i])]++
		}
		at := 0
		for d, n := range next {
			next[d] = at
			at += n
		}
		for i := range all {
			d := digit(&all[i])
			sorted[next[d]] = all[i]
			next[d]++
		}
		all, sorted = sorted, all
	}
	return all
}
