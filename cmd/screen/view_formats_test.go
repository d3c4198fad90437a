package screen

import (
	"path/filepath"
	"strings"
	"testing"

	"heapprof/internal/profile"
	"heapprof/internal/report/reporttest"
	"heapprof/internal/report/terminal"
	"heapprof/internal/report/view"
)

// TestEveryTabOfViewIsTrueOfEveryFormat holds, for profiles of each format that is read, alone and compared with themselves, that each tab has
// rows or says in a line why not, and that nothing is said of what the profile does not know.
func TestEveryTabOfViewIsTrueOfEveryFormat(t *testing.T) {
	for _, file := range reporttest.ForeignFiles(t) {
		name := filepath.Base(file)
		t.Run(name, func(t *testing.T) {
			p := reporttest.Foreign(t, name)
			p.FindLost()
			for what, o := range map[string]*terminal.Options{"alone": looked(p), "compared": looked(p, reporttest.Foreign(t, name))} {
				checkSaid(t, what, o.Title+"\n"+o.Aside)
				if what == "alone" {
					checkAside(t, o.Aside, p)
				}
				if explained := o.Explain(80); len(explained.Lines) > 0 {
					checkSaid(t, what, strings.Join(explained.Lines, "\n"))
				}
				pages := 0
				for i, tab := range o.Tabs {
					for _, ask := range []terminal.Ask{{}, {AllFrames: true}} {
						answer := tab.Page(ask)
						checkSaid(t, what+" "+tab.Name, answer.Said)
						if answer.Page == nil {
							if answer.Said == "" || strings.Contains(answer.Said, "\n") {
								t.Errorf("%s %s: nothing is shown, and it says %q", what, tab.Name, answer.Said)
							}
							continue
						}
						pages++
						checkSaid(t, what+" "+tab.Name, strings.Join(append(rowsOf(answer.Page), answer.Page.Titles...), "\n"))
						if command := o.Command(i, ask); command == "" {
							t.Errorf("%s %s: no command prints it", what, tab.Name)
						}
					}
				}
				if pages == 0 {
					t.Errorf("%s: no tab shows anything", what)
				}
			}
		})
	}
}

func checkSaid(t *testing.T, what, said string) {
	t.Helper()
	if bad := reporttest.Untrue(said); bad != "" {
		t.Errorf("%s: %q in %q", what, bad, said)
	}
}

// checkAside holds that what stands beside the command names what the profile knows.
func checkAside(t *testing.T, aside string, p *profile.Profile) {
	t.Helper()
	for words, known := range map[string]bool{"peak ": view.PeakBytes.Has(p), " in all": view.TotalBytes.Has(p), "at ": view.EndBytes.Has(p)} {
		if strings.Contains(aside, words) && !known {
			t.Errorf("it says %q, and that is not known", aside)
		}
	}
	if aside == "" {
		t.Error("nothing is said of its size")
	}
}
