package dhat

import "heapprof/internal/profile"

// chunks reads sizes and numbers of blocks in turn.
func (r *reader) chunks() []profile.SizeRun {
	s := r.s
	if !s.open('[') {
		return nil
	}
	var runs []profile.SizeRun
	n := 0
	for ; s.more(']', n); n++ {
		if v := s.uint(); n%2 == 0 {
			runs = append(runs, profile.SizeRun{Size: v})
		} else {
			runs[n/2].Blocks = v
		}
	}
	if n%2 != 0 && s.err == nil {
		s.damaged("a size lacks its number of blocks")
	}
	return runs
}

// extra reads the values of what only the profile's maker knows.
func (r *reader) extra() (values []uint64) {
	s := r.s
	if !s.open('[') {
		return nil
	}
	for n := 0; s.more(']', n); n++ {
		values = append(values, s.uint())
	}
	return values
}

// samples reads a number of sampled blocks and the variances of what was estimated from
// them. A later version may have more.
func (r *reader) samples() (read profile.Sampled) {
	s := r.s
	if !s.open('[') {
		return read
	}
	n := 0
	for ; s.more(']', n); n++ {
		switch n {
		case 0:
			read.Blocks = s.uint()
		case 1:
			read.BytesVariance = s.fraction()
		case 2:
			read.BlocksVariance = s.fraction()
		default:
			s.skip()
		}
	}
	if n < 3 && s.err == nil {
		s.damaged("samples lack their variances")
	}
	return read
}
