package page

import (
	"cmp"
	"slices"
	"strconv"

	"heapprof/internal/profile"
	"heapprof/internal/report/view"
)

// recordKey is what tells records from each other.
type recordKey struct {
	node          int32 // index into Nodes
	rest          uint16
	place         int32 // index into Places
	typ, siteType int32 // indices into Types
}

func (k recordKey) compare(o recordKey) int {
	return cmp.Or(cmp.Compare(k.node, o.node), cmp.Compare(k.rest, o.rest), cmp.Compare(k.place, o.place), cmp.Compare(k.typ, o.typ), cmp.Compare(k.siteType, o.siteType))
}

// grouped are the points of records.
type grouped struct {
	records []recordKey
	first   []int   // of each record, and at the end: the first of its points
	points  []int32 // indices into builder.points
}

// of returns the points of a record.
func (g *grouped) of(record int) []int32 { return g.points[g.first[record]:g.first[record+1]] }

// group returns the records of nodes, in their order. What was pruned below one node is one record, but for what is of another
// site or type. within is which node stands for each of the page's nodes: itself, or one outward of it.
func (d *draft) group(within []int32) *grouped {
	numbers := map[recordKey]int32{}
	var keys []recordKey
	of := make([]int32, len(d.points))
	for i := range d.points {
		pt := &d.points[i]
		node := within[d.kept.near[pt.node]]
		key := recordKey{node: node, place: d.place(pt.place), typ: d.typ(pt.typ), siteType: d.typ(pt.siteType)}
		if d.kept.nodes[node] != pt.node {
			key.rest = 1
		}
		n, known := numbers[key]
		if !known {
			n = int32(len(keys))
			numbers[key] = n
			keys = append(keys, key)
		}
		of[i] = n
	}
	g := &grouped{records: slices.Clone(keys), first: make([]int, len(keys)+1), points: make([]int32, len(of))}
	slices.SortFunc(g.records, recordKey.compare)
	rank := make([]int32, len(keys))
	for i, key := range g.records {
		rank[numbers[key]] = int32(i)
	}
	for _, n := range of {
		g.first[rank[n]+1]++
	}
	for i := range keys {
		g.first[i+1] += g.first[i]
	}
	next := slices.Clone(g.first)
	for i, n := range of {
		at := &next[rank[n]]
		g.points[*at] = int32(i)
		*at++
	}
	return g
}

// heaviest returns which of the page's nodes stands for each of them, if only the n heaviest do.
func (d *draft) heaviest(n int) []int32 {
	within := make([]int32, len(d.kept.nodes))
	for _, node := range d.nodes[:n] {
		within[d.kept.near[node]] = d.kept.near[node]
	}
	for i := 1; i < len(within); i++ {
		if within[i] == 0 {
			within[i] = within[d.page.Nodes.Parent[i]]
		}
	}
	return within
}

// recordColumns are the columns that Records and Windows have.
type recordColumns struct {
	node, place, typ, siteType []int32
	rest                       []uint16
}

func columnsOf(keys []recordKey) (c recordColumns) {
	differ := false
	for _, k := range keys {
		c.node, c.place, c.typ, c.siteType = append(c.node, k.node), append(c.place, k.place), append(c.typ, k.typ), append(c.siteType, k.siteType)
		c.rest = append(c.rest, k.rest)
		differ = differ || k.typ != k.siteType
	}
	if !differ {
		c.siteType = nil
	}
	return c
}

// addRecords adds what was allocated.
func (d *draft) addRecords() {
	g := d.group(d.heaviest(len(d.kept.nodes)))
	c := columnsOf(g.records)
	r := Records{Node: c.node, Place: c.place, Type: c.typ, SiteType: c.siteType, Rest: c.rest}
	for _, column := range d.columns {
		r.Values = append(r.Values, column.values(d.points, g))
	}
	if d.isEstimated() {
		for _, column := range d.columns {
			r.Variance = append(r.Variance, column.variance(d, g))
		}
	}
	r.Resized, r.Brief = d.resized(g), d.brief(g)
	d.page.Records = r
	d.page.Pruned.AllRecords = len(d.points)
}

// values returns the column of records.
func (c *column) values(points []point, g *grouped) []uint64 {
	values := make([]uint64, len(g.records))
	for i := range values {
		for _, n := range g.of(i) {
			if pt := &points[n]; pt.side == c.side {
				values[i] += c.metric.Value(pt.Point)
			}
		}
	}
	return values
}

// resized returns how many blocks of records are a block again that was resized, of each side; nil where none is.
func (d *draft) resized(g *grouped) [][]uint64 {
	var all [][]uint64
	for side := range d.joint.Sides {
		column := make([]uint64, len(g.records))
		some := false
		for i := range column {
			for _, n := range g.of(i) {
				if pt := &d.points[n]; pt.side == side && pt.Rest().Reallocs > 0 {
					column[i] += min(pt.Rest().Reallocs, pt.TotalBlocks)
					some = true
				}
			}
		}
		if !some {
			column = []uint64{}
		}
		all = append(all, column)
	}
	if !slices.ContainsFunc(all, func(column []uint64) bool { return len(column) > 0 }) {
		return nil
	}
	return all
}

// brief returns how many blocks of records lived for less than a tenth of the run; nil where that is not known.
func (d *draft) brief(g *grouped) []uint64 {
	if d.isDiff() || !view.KnowsBrief(d.later().Profile) {
		return nil
	}
	column := make([]uint64, len(g.records))
	for i := range column {
		for _, n := range g.of(i) {
			column[i] += view.Brief(d.later().Profile, d.points[n].Point)
		}
	}
	return column
}

// isEstimated reports whether the values of one of the profiles are estimates.
func (b *builder) isEstimated() bool {
	return slices.ContainsFunc(b.joint.Sides, func(s view.JointSide) bool { return !s.Profile.Sampling.IsExact() })
}

// variance returns the variances of records; none where they are not known.
func (c *column) variance(d *draft, g *grouped) []float64 {
	if _, known := d.joint.Sides[c.side].Total.Sampled(c.metric); !known {
		return nil
	}
	all := make([]float64, len(g.records))
	for i := range all {
		var sum profile.Sampled
		for _, n := range g.of(i) {
			if pt := &d.points[n]; pt.side == c.side {
				sampled, _ := c.metric.Sampled(pt.Samples)
				sum = sum.Plus(sampled)
			}
		}
		all[i] = sum.BlocksVariance
		if c.metric.Unit() == view.UnitBytes {
			all[i] = sum.BytesVariance
		}
		all[i] = rounded(all[i])
	}
	return all
}

// rounded returns a number with three digits, which tell how far an estimate may be off as well as more do.
func rounded(v float64) float64 {
	v, _ = strconv.ParseFloat(strconv.FormatFloat(v, 'e', 2, 64), 64)
	return v
}
