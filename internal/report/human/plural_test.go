package human

import "testing"

func TestPlurals(t *testing.T) {
	for noun, want := range map[string]string{"way": "ways", "library": "libraries", "address": "addresses", "block": "blocks"} {
		if got := Plural(2, noun); got != want {
			t.Errorf("2 %s, want 2 %s", got, want)
		}
	}
}
