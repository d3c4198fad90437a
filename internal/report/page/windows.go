package page

import (
	"slices"

	"heapprof/internal/profile"
)

// windowRecord is what a record was at moments, as Windows has it.
type windowRecord struct {
	recordKey
	states []int64
	births []uint64
	end    []uint64
}

// windowRecords are the records of so many of a page's nodes.
type windowRecords struct {
	nodes int
	list  []windowRecord
}

// addMoments adds the moments at which states are known, if there are any.
func (d *draft) addMoments() {
	p := d.joint.Sides[0].Profile
	if len(p.Moments) == 0 {
		return
	}
	d.page.Windows = &Windows{}
	for _, m := range p.Moments {
		d.page.Windows.Time, d.page.Windows.Mark = append(d.page.Windows.Time, m.Time), append(d.page.Windows.Mark, d.cut(m.Mark))
	}
}

// firstWindows returns the records of the heaviest nodes.
func (d *draft) firstWindows() windowRecords {
	const most = 4_000 // nodes: others are too small to be seen in a part of a run
	n := min(most, len(d.kept.nodes))
	return windowRecords{n, d.windowsOf(d.heaviest(n))}
}

// fitWindows returns the records of as many of the nodes as there is room for, in bytes; none where there is not enough for one node.
func (d *draft) fitWindows(w windowRecords, room int) windowRecords {
	const each = 0.7 // bytes that a number takes when it is encoded
	for each*float64(w.numbers()) > float64(room) {
		if w.nodes == 1 {
			return windowRecords{}
		}
		w.nodes = max(w.nodes*2/3, 1)
		w.list = mergeWindows(w.list, d.heaviest(w.nodes), len(d.page.Windows.Time))
	}
	return w
}

// addWindows adds records to the moments that are there.
func (d *draft) addWindows(w windowRecords) {
	out := &Windows{Time: d.page.Windows.Time, Mark: d.page.Windows.Mark}
	var keys []recordKey
	for _, r := range w.list {
		keys = append(keys, r.recordKey)
		out.States, out.Births, out.End = append(out.States, r.states), append(out.Births, r.births), append(out.End, r.end)
	}
	c := columnsOf(keys)
	out.Node, out.Place, out.Type, out.SiteType, out.Rest = c.node, c.place, c.typ, c.siteType, c.rest
	d.page.Windows = out
}

// numbers returns how many numbers records are.
func (w *windowRecords) numbers() (n int) {
	const others = 8 // that each has
	for i := range w.list {
		n += len(w.list[i].states) + len(w.list[i].births) + others
	}
	return n
}

// windowsOf returns the records of nodes: see draft.group.
func (d *draft) windowsOf(within []int32) (all []windowRecord) {
	g := d.group(within)
	sums := newMomentSums(len(d.joint.Sides[0].Profile.Moments))
	for i, key := range g.records {
		end := make([]uint64, 4)
		for _, n := range g.of(i) {
			pt := d.points[n].Point
			for k, v := range [...]uint64{pt.TotalBytes, pt.TotalBlocks, pt.EndBytes, pt.EndBlocks} {
				end[k] += v
			}
			sums.addFacts(pt.Rest().Facts)
		}
		all = append(all, sums.take(key, end))
	}
	return all
}

// mergeWindows returns the records of fewer nodes, of those of more.
func mergeWindows(records []windowRecord, within []int32, moments int) (all []windowRecord) {
	numbers := map[recordKey]int{}
	var parts [][]*windowRecord // of each record of the fewer nodes
	for i := range records {
		r := &records[i]
		if node := within[r.node]; node != r.node {
			r.node, r.rest = node, 1
		}
		n, known := numbers[r.recordKey]
		if !known {
			n = len(parts)
			numbers[r.recordKey] = n
			parts = append(parts, nil)
		}
		parts[n] = append(parts[n], r)
	}
	sums := newMomentSums(moments)
	for _, list := range parts {
		if len(list) == 1 {
			all = append(all, *list[0])
			continue
		}
		end := make([]uint64, 4)
		for _, r := range list {
			for k, v := range r.end {
				end[k] += v
			}
			sums.addRecord(r)
		}
		all = append(all, sums.take(list[0].recordKey, end))
	}
	slices.SortFunc(all, func(a, b windowRecord) int { return a.compare(b.recordKey) })
	return all
}

// momentSums adds up what is known of points at moments.
type momentSums struct {
	changes []profile.State // of each moment: the difference to the one before; Moment is 1 where a point's state changed
	births  []profile.Births
}

func newMomentSums(moments int) *momentSums {
	return &momentSums{changes: make([]profile.State, moments), births: make([]profile.Births, moments+1)}
}

// addFacts adds what is known of a point.
func (m *momentSums) addFacts(f *profile.Facts) {
	if f == nil {
		return
	}
	var last profile.State
	for _, s := range f.History {
		m.change(s.Moment, s.TotalBytes-last.TotalBytes, s.TotalBlocks-last.TotalBlocks, s.Bytes-last.Bytes, s.Blocks-last.Blocks)
		last = s
	}
	for _, b := range f.Births {
		m.bear(b.Moment, b.Bytes, b.Blocks)
	}
}

// addRecord adds a record.
func (m *momentSums) addRecord(r *windowRecord) {
	at := uint32(0)
	for s := r.states; len(s) > 0; s = s[5:] {
		at += uint32(s[0])
		m.change(at, uint64(s[1]), uint64(s[2]), uint64(s[3]), uint64(s[4]))
	}
	for b := r.births; len(b) > 0; b = b[3:] {
		m.bear(uint32(b[0]), b[1], b[2])
	}
}

// change adds a change of state: a number is below 0 where there is less than before, which a sum is not.
func (m *momentSums) change(moment uint32, totalBytes, totalBlocks, bytes, blocks uint64) {
	at := &m.changes[moment]
	at.Moment = 1
	at.TotalBytes += totalBytes
	at.TotalBlocks += totalBlocks
	at.Bytes += bytes
	at.Blocks += blocks
}

func (m *momentSums) bear(moment uint32, bytes, blocks uint64) {
	m.births[moment].Bytes += bytes
	m.births[moment].Blocks += blocks
}

// take returns a record with the sums, which are 0 then.
func (m *momentSums) take(key recordKey, end []uint64) windowRecord {
	r := windowRecord{key, []int64{}, []uint64{}, end}
	last := 0
	for i, s := range m.changes {
		if s.Moment != 0 {
			r.states = append(r.states, int64(i-last), int64(s.TotalBytes), int64(s.TotalBlocks), int64(s.Bytes), int64(s.Blocks))
			last = i
		}
	}
	for i, b := range m.births {
		if b.Blocks != 0 || b.Bytes != 0 {
			r.births = append(r.births, uint64(i), b.Bytes, b.Blocks)
		}
	}
	clear(m.changes)
	clear(m.births)
	return r
}
