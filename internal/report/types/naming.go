package types

// nameWidth is how wide a type's name may be. Tables have 80 columns, and are cut again
// where there is less room.
const nameWidth = 60

// mostParts is how many parts of a path are added to tell types apart.
const mostParts = 8

// nameAll gives each type that the profile shows a name that no other has.
func (t *Table) nameAll() {
	t.naming = map[string]string{}
	taken := map[string]bool{}
	shown := map[int32]bool{}
	for _, list := range [][]int32{t.points, t.drops} {
		for _, i := range list {
			if i != 0 {
				shown[i] = true
			}
		}
	}
	unnamed := make([]*candidate, 0, len(shown))
	for i := range t.known {
		if shown[int32(i)] {
			unnamed = append(unnamed, t.known[i])
		}
	}
	for extra := 0; len(unnamed) > 0; extra++ {
		byName := map[string][]*candidate{}
		for _, c := range unnamed {
			name := c.is.Short(extra, nameWidth)
			byName[name] = append(byName[name], c)
		}
		unnamed = unnamed[:0]
		for name, all := range byName {
			switch {
			case len(all) == 1 && !taken[name]:
				t.naming[all[0].full], taken[name] = name, true
			case extra < mostParts:
				unnamed = append(unnamed, all...)
			default:
				for _, c := range all {
					t.naming[c.full] = c.full
				}
			}
		}
	}
}
