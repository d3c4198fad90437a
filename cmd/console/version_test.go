package console

import (
	"runtime/debug"
	"testing"
)

func TestVersionIsTheModulesElseTheRevision(t *testing.T) {
	settings := func(kv ...string) (s []debug.BuildSetting) {
		for i := 0; i < len(kv); i += 2 {
			s = append(s, debug.BuildSetting{Key: kv[i], Value: kv[i+1]})
		}
		return s
	}
	const revision = "0123456789abcdef0123456789abcdef01234567"
	for _, c := range []struct {
		name string
		info *debug.BuildInfo
		want string
	}{
		{"go install", &debug.BuildInfo{Main: debug.Module{Version: "v1.2.3"}, Settings: settings("vcs.revision", revision)}, "v1.2.3"},
		{"a checkout", &debug.BuildInfo{Main: debug.Module{Version: "(devel)"}, Settings: settings("vcs.revision", revision, "vcs.modified", "false")}, "0123456789ab"},
		{"a changed checkout", &debug.BuildInfo{Settings: settings("vcs.revision", revision, "vcs.modified", "true")}, "0123456789ab+dirty"},
		{"an archive", &debug.BuildInfo{Main: debug.Module{Version: "(devel)"}}, "devel"},
		{"no build information", nil, "devel"},
	} {
		if got := moduleVersion(c.info); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}
