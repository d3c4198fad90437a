package format

import (
	"errors"
	"strings"
	"testing"

	"heapprof/internal/profile"
)

func TestFilesOfOtherToolsThatCannotBeReadSayWhatCan(t *testing.T) {
	for text, want := range map[string]string{
		"memray\x00\r\x00":                          "memray transform csv",
		"\x04\x22\x4d\x18\x40\x40\xc0abcmemray\x00": "memray transform csv",
		"\n<!DOCTYPE html>\n<html>\n<title>memray - flamegraph report</title>":                     "memray transform csv",
		`{"$schema": "https://www.speedscope.app/file-format-schema.json", "shared": {"frames": [`: "is a file for speedscope,",
		`{"exporter":"speedscope@1.25.0","name":"a"`:                                               "memray transform csv",
		"# callgrind format\nversion: 1\n":                                                         "--xtree-memory=full",
		"\x01\x03\x00\x00\x00abc\x01\x02\x00\x00\x00ab":                                            "looks like a recording of bytehound's",
	} {
		_, err := Read(strings.NewReader(text))
		var format *profile.FormatError
		if !errors.As(err, &format) || !strings.Contains(err.Error(), want) {
			t.Errorf("%q gives %v, want %q", text, err, want)
		}
	}
}

func TestAProfileWhoseCommandNamesSpeedscopeIsRead(t *testing.T) {
	const text = `{"dhatFileVersion":2,"mode":"heap","verb":"Allocated","bklt":false,"bkacc":false,"tu":"ns","Mtu":"ms","tuth":1,` +
		`"cmd":"curl {\"$schema\":\"https://www.speedscope.app/file-format-schema.json\"}","pid":1,"te":1,"pps":[],"ftbl":["[root]"]}`
	if _, err := Read(strings.NewReader(text)); err != nil && strings.Contains(err.Error(), "speedscope") {
		t.Error(err)
	}
}

func TestOtherBinaryFilesAreNotTakenForBytehounds(t *testing.T) {
	for _, text := range []string{"\x01\x00\x00\x00\x00abc", "\x01\x03\x00\x00\x00abc\x07", "\x02\xff\xff\xff\xffabc", "\x01", ""} {
		if isBytehound([]byte(text)) {
			t.Errorf("%q is taken for one", text)
		}
	}
}
