package types

import (
	"heapprof/internal/profile"
	"heapprof/internal/report/names"
)

// Class returns the type of blocks that begin with the address of a class's table, as types are shown: what
// make_shared makes is a shared_ptr's.
func Class(class string) string {
	if b := blockOfType(class); !b.isZero() {
		return b.String()
	}
	return names.ShortCPP(class)
}

// findClasses gives points whose type no name of a function tells the class whose table all of their blocks
// began with, at the snapshots that the profile has.
func (t *Table) findClasses(p *profile.Profile) {
	if p.Recording == nil {
		return
	}
	const several = "" // or none
	classes := map[int]string{}
	for i := range p.Recording.Snapshots {
		for _, g := range p.Recording.Snapshots[i].Groups {
			if class, ok := classes[g.Point]; ok && class != g.Class {
				classes[g.Point] = several
			} else {
				classes[g.Point] = g.Class
			}
		}
	}
	for point := range t.points {
		if class := classes[point]; class != several && t.points[point] == 0 {
			t.points[point] = t.internName(Class(class), 0)
		}
	}
}
