package cmd

import (
	"bytes"
	stdjson "encoding/json"
	"math/rand/v2"
	"os/exec"
	"path/filepath"
	"testing"

	"heapprof/internal/report/human"
	"heapprof/internal/testkit"
)

// asked asks the modules of the page a question of testdata/browser/modules.mjs, and reads the answer into answer.
func asked(t *testing.T, modules, question string, arguments, answer any) {
	t.Helper()
	input, err := stdjson.Marshal(arguments)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(testkit.Tool(t, "node"), filepath.Join(modules, "modules.mjs"), filepath.Join(modules, "../../../internal/report/html/assets"), question)
	cmd.Stdin = bytes.NewReader(input)
	r := testkit.Run(t, cmd)
	if r.Status != 0 {
		t.Fatalf("%s: status %d\n%s", question, r.Status, r.Stderr)
	}
	if err := stdjson.Unmarshal([]byte(r.Stdout), answer); err != nil {
		t.Fatal(err)
	}
}

// modulesDir returns where modules.mjs is, also for tests that go to another working directory.
func modulesDir(t *testing.T) string {
	t.Helper()
	dir, err := filepath.Abs(filepath.Join("testdata", "browser"))
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestAmountsOnAPageReadAsInATerminal(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(1, 2))
	amounts := []uint64{0, 1, 999, 1000, 1023, 1024, 1152, 1187, 10_235, 10_240, 102_350, 1<<20 - 1, 1<<20 + 1<<17, 3 << 29, 1 << 52}
	for range 2000 {
		amounts = append(amounts, rng.Uint64N(1<<rng.UintN(53)))
	}
	shares := []float64{0, 0.04, 0.05, 0.25, 12.25, 12.35, 33.35, 99.94, 99.95, 99.99, 100, 123.45}
	margins := [][2]float64{{100, 0.4}, {100, 12.4}, {100, 200}, {3, 1}, {1e9, 1}}
	for _, units := range []human.Units{
		{One: "byte", Many: "bytes", BlockName: "blocks", TimeName: "µs"}, {One: "byte", Many: "bytes", BlockName: "blocks", TimeName: "instrs", Estimated: true},
		{One: "unit", Many: "units", BlockName: "events", TimeName: "tick"},
	} {
		want := map[string][]string{}
		add := func(what, words string) { want[what] = append(want[what], words) }
		for _, n := range amounts {
			add("bytes", units.Size(n))
			add("counts", units.Count(n))
			add("times", units.Time(float64(n)))
		}
		for _, share := range shares {
			add("shares", human.Units{}.Percentage(share))
		}
		for _, m := range margins {
			add("margins", human.Margin(m[1], m[0]))
		}
		var got map[string][]string
		asked(t, modulesDir(t), "amounts", map[string]any{
			"units":     map[string]string{"one": units.One, "many": units.Many, "blocks": units.BlockName, "time": units.TimeName},
			"estimated": units.Estimated, "bytes": amounts, "counts": amounts, "times": amounts, "shares": shares, "margins": margins,
		}, &got)
		for what, words := range want {
			for i := range words {
				if got[what][i] != words[i] {
					t.Errorf("%s %d is %q on a page, and %q in a terminal", what, i, got[what][i], words[i])
				}
			}
		}
	}
}

func TestALinkBringsBackWhatWasChosen(t *testing.T) {
	t.Parallel()
	initial := map[string]any{"view": "flame", "metric": "peak-bytes", "range": nil, "filter": "", "selection": nil, "zoom": 0, "fold": true, "brush": nil}
	chosen := []map[string]any{
		{}, {"view": "table"}, {"range": []int{-1, 3}}, {"filter": "a&b=c#d%20 +[é]\\"}, {"filter": "null"}, {"fold": false}, {"zoom": 12},
		{"selection": map[string]any{"kind": "place", "id": 3, "type": -1}}, {"selection": map[string]any{"kind": "node", "id": 7}}, {"brush": []float64{0, 64, 1.5, 1e9}},
	}
	for _, c := range chosen {
		for name, value := range initial {
			if _, ok := c[name]; !ok {
				c[name] = value
			}
		}
	}
	// What others write behind a # changes nothing that it does not mean.
	texts := []string{"", "view", "%", "%zz&=&&", "range=1", "range=a_b", "range=1_2_3", "selection=node", "selection=thing.1", "selection=place.1.x", "brush=1_2", "__proto__=1", "toString=1", "zoom=x"}
	var got struct{ Read, Texts []map[string]any }
	asked(t, modulesDir(t), "fragments", map[string]any{"initial": initial, "all": chosen, "texts": texts}, &got)
	same := func(a, b any) bool {
		x, _ := stdjson.Marshal(a)
		y, _ := stdjson.Marshal(b)
		return bytes.Equal(x, y)
	}
	for i, c := range chosen {
		if !same(got.Read[i], c) {
			t.Errorf("%v was read as %v", c, got.Read[i])
		}
	}
	for i, text := range texts {
		want := initial
		if text == "view" {
			want = map[string]any{}
			for name, value := range initial {
				want[name] = value
			}
			want["view"] = ""
		}
		if !same(got.Texts[i], want) {
			t.Errorf("%q was read as %v", text, got.Texts[i])
		}
	}
}
