// Package firefox writes profiles in the processed format of Firefox Profiler, https://profiler.firefox.com. It imports
// the profile, flame, frames, human, label, names and view.
//
// The format is described by https://github.com/firefox-devtools/profiler, src/types/profile.ts and
// docs-developer/CHANGELOG-formats.md.
package firefox
