package wording

import (
	"fmt"

	"heapprof/internal/profile"
	"heapprof/internal/report/human"
	"heapprof/internal/report/text"
)

// overTime returns what was live and what was resident over the run as two small pictures of one
// scale, where resident memory is another story than the blocks tell; nothing else, or where the
// profile has no such readings.
func overTime(p *profile.Profile, width int) []text.Fact {
	const (
		least   = 4 << 20 // bytes: of less nobody asks where they are
		differs = 0.25    // of the resident memory at its most: a gap between the two that is worth two lines
		widest  = 40      // columns of a picture: more tell no more
		words   = 34      // columns beside it, at most
	)
	columns := min(widest, factWidth(width)-words)
	if len(p.Timeline) < columns || p.EndTime == 0 || columns < 8 || p.IsAttached() {
		return nil // and where there were blocks before, the gap between the two tells nothing
	}
	live, resident := make([]uint64, columns), make([]uint64, columns)
	var most, mostResident, gap, atEnd uint64
	next := 0 // column without a reading
	for _, r := range p.Timeline {
		if r.RSS == 0 {
			continue // before it was first looked at
		}
		i := min(int(float64(r.Time)/float64(p.EndTime)*float64(columns)), columns-1)
		for ; next <= i; next++ {
			if next > 0 && next < i {
				live[next], resident[next] = live[next-1], resident[next-1]
			}
		}
		live[i], resident[i] = max(live[i], r.Bytes), max(resident[i], r.RSS)
		most, mostResident, atEnd = max(most, r.Bytes), max(mostResident, r.RSS), r.RSS
		gap = max(gap, r.RSS-min(r.Bytes, r.RSS))
	}
	if mostResident < least || float64(gap) < differs*float64(mostResident) {
		return nil
	}
	scale := max(most, mostResident)
	said := human.Bytes(mostResident) + " at most"
	if atEnd*10 < mostResident*9 {
		said += ", " + human.Bytes(atEnd) + " at the end"
	}
	return []text.Fact{
		{Label: "live", Text: fmt.Sprintf("%s  %s at most", human.Sparkline(live, scale), human.Bytes(most))},
		{Label: "resident", Text: fmt.Sprintf("%s  %s", human.Sparkline(resident, scale), said)},
	}
}
