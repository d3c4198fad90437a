package rows

import "testing"

func TestLoad(t *testing.T) {
	if Load(5000) != 5000 {
		t.Fail()
	}
}
