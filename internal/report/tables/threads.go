package tables

import "heapprof/internal/profile"

// pointThreads is the table of what each thread allocated of what a point has. They add up to the point.
func (b *builder) pointThreads() Table {
	columns := []string{"point", "threads_row", "thread", "name", "total_bytes", "total_blocks", "peak_bytes", "peak_blocks", "end_bytes", "end_blocks"}
	all := b.threads()
	return within("point_threads", columns, len(b.Profile.Points), func(row []Value, i int, yield func([]Value) bool) bool {
		shares := b.Profile.Points[i].Shares()
		for n := range shares {
			s := &shares[n]
			place, id, name := Value{}, Value{}, Value{}
			if s.Thread != profile.NoThread {
				place, id, name = integer(int64(s.Thread)), known(all[s.Thread].ID), text(all[s.Thread].Name)
			}
			row = append(row[:0], integer(int64(i)), place, id, name)
			row = append(row, number(s.TotalBytes), number(s.TotalBlocks), number(s.PeakBytes), number(s.PeakBlocks), number(s.EndBytes), number(s.EndBlocks))
			if !yield(row) {
				return false
			}
		}
		return true
	})
}
