package types

import "heapprof/internal/report/names"

// nameWidth is how wide a type's name may be, in columns. Tables have 80, and cut it again where there is
// less room.
const nameWidth = 72

// nameAll gives each type of a point, and each of what failed or was dropped, a name that no other has.
func (t *Table) nameAll(dropped []int32) {
	shown := make([]bool, len(t.known))
	for _, list := range [][]int32{t.points, t.failed, dropped} {
		for _, i := range list {
			shown[i] = true
		}
	}
	var full []string
	seen := map[string]bool{}
	var all []names.Type
	for i, c := range t.known {
		if c != nil && shown[i] && !seen[c.full] {
			seen[c.full] = true
			full, all = append(full, c.full), append(all, c.is)
		}
	}
	t.naming = make(map[string]string, len(all))
	for i, name := range names.ShortTypes(all, nameWidth) {
		t.naming[full[i]] = name
	}
}
