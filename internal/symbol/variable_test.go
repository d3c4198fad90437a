package symbol

import (
	"testing"
)

func TestVariablesLieApartInTheOrderOfTheirAddresses(t *testing.T) {
	m := open(t, build(t, t.TempDir(), "g++", "created.cc", "-g"))
	list := m.Variables()
	if len(list) == 0 {
		t.Fatal("no variable is known")
	}
	for i, v := range list {
		if v.Size == 0 || v.Name == "" {
			t.Errorf("%+v has no size or no name", v)
		}
		if i > 0 && v.Address < list[i-1].Address+list[i-1].Size {
			t.Errorf("%+v overlaps %+v", v, list[i-1])
		}
	}
}
