package desktop

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

func TestAFileIsOpenedByWhatTheSystemHas(t *testing.T) {
	for _, c := range []struct {
		system, env, programs string
		want                  string
		err                   error
	}{
		{"darwin", "", "", "open", nil},
		{"windows", "", "", "rundll32 url.dll,FileProtocolHandler", nil},
		{"linux", "DISPLAY", "xdg-open gio", "xdg-open", nil},
		{"linux", "WAYLAND_DISPLAY", "gio", "gio open", nil},
		{"linux", "DISPLAY", "", "", ErrNoOpener},
		{"linux", "", "xdg-open gio", "", ErrNoDisplay},
		{"linux", "WSL_DISTRO_NAME", "wslview xdg-open", "wslview", nil},
		{"linux", "WSL_DISTRO_NAME DISPLAY", "xdg-open", "xdg-open", nil},
	} {
		env := func(name string) string {
			if slices.Contains(strings.Fields(c.env), name) {
				return "set"
			}
			return ""
		}
		argv, err := opener(c.system, env, func(program string) bool { return slices.Contains(strings.Fields(c.programs), program) })
		if strings.Join(argv, " ") != c.want || !errors.Is(err, c.err) {
			t.Errorf("%+v: %q, %v", c, argv, err)
		}
	}
}
