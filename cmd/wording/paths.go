package wording

import (
	"fmt"
	"strings"

	"heapprof/internal/report/held"
	"heapprof/internal/report/names"
	"heapprof/internal/report/text"
)

// What stands for the path to blocks where none is told.
const (
	NoPath     = "(no path is known)"
	OtherPaths = "(one of many smaller paths)"
)

// PathLine says on one line of bounded length how the blocks of a group are reached: "Cache (cache.c:7) → Entry (cache.c:12) chained". If
// no single owner holds them, the one from which the path comes is named. If there are other ways, "mostly" is said before the path, or "partly"
// where less than half of the blocks are reached on it.
func PathLine(p *held.Path) string {
	const (
		arrow     = " → "
		stepWidth = 40 // columns
		ends      = 2  // how many steps of a long path's beginning and of its end are shown
		most      = 260
	)
	var steps []string
	if p.Shared {
		steps = append(steps, names.CutEnd(OwnerLine(p.Owner), stepWidth))
	}
	for i, s := range p.Steps {
		if left := len(p.Steps) - 2*ends; left > 1 && i >= ends && i < len(p.Steps)-ends {
			if i == ends {
				steps = append(steps, fmt.Sprintf("… %d steps", left))
			}
			continue
		}
		steps = append(steps, text.StepIn(s, "chained", stepWidth))
	}
	line := strings.Join(steps, arrow)
	switch {
	case p.Only:
	case p.Part < 0.5:
		line = "partly " + line
	default:
		line = "mostly " + line
	}
	return names.CutMiddle(line, most)
}
