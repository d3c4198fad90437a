package console

import (
	"cmp"
	"fmt"
	"runtime"
	"runtime/debug"
)

// VersionLine returns heapprof's version as it prints it after its name: v1.2.3 go1.26.0
// linux/amd64.
func VersionLine() string {
	info, _ := debug.ReadBuildInfo()
	return fmt.Sprintf("heapprof %s %s %s/%s", moduleVersion(info), runtime.Version(), runtime.GOOS, runtime.GOARCH)
}

// moduleVersion returns the version that the go command wrote into the binary: that of the
// module, as go install takes it or derives it from the repository's tags, else the
// revision. It is "devel" for a binary that has neither, such as one built from an unpacked
// archive.
func moduleVersion(info *debug.BuildInfo) string {
	if info == nil {
		return "devel"
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		return v
	}
	settings := map[string]string{}
	for _, s := range info.Settings {
		settings[s.Key] = s.Value
	}
	revision := settings["vcs.revision"]
	if len(revision) > 12 {
		revision = revision[:12] // as the go command's own versions have it
	}
	if revision != "" && settings["vcs.modified"] == "true" {
		revision += "+dirty"
	}
	return cmp.Or(revision, "devel")
}
