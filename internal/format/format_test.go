package format

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"heapprof/internal/profile"
	"heapprof/internal/profile/profiletest"
	"heapprof/internal/wholefile"
)

// whole is a profile that the bad ones are made of.
const whole = `{"dhatFileVersion":2,"mode":"heap","verb":"Allocated","bklt":false,"bkacc":false,` +
	`"tu":"instrs","Mtu":"Minstr","cmd":"./p","pid":7,"te":9,` +
	`"pps":[{"tb":1,"tbk":1,"fs":[1]}],"ftbl":["[root]","0x1: f (a.c:1)"]}`

func TestFormatsAreToldApartByTheirFirstBytes(t *testing.T) {
	for head, want := range map[string]string{" \n{\"dhatFileVersion\":2": "DHAT", "v 10400 3\nX prog\n": "heaptrack", "version 3\n": "", "": "", "\x7fELF": ""} {
		f, ok := Detect([]byte(head))
		if ok != (want != "") || ok && f.Name != want {
			t.Errorf("%q: %s, %v", head, f.Name, ok)
		}
	}
}

func TestAFileOfNoFormatIsToldWhichThereAre(t *testing.T) {
	_, err := Read(strings.NewReader("root:x:0:0:\n"))
	var format *profile.FormatError
	if !errors.As(err, &format) || !strings.Contains(err.Error(), "DHAT") || !strings.Contains(err.Error(), "heaptrack, ") {
		t.Errorf("got %v", err)
	}
}

func TestDamagedCompressionIsSaid(t *testing.T) {
	var gz, zst bytes.Buffer
	gw := gzip.NewWriter(&gz)
	io.WriteString(gw, whole)
	gw.Close()
	zw, err := zstd.NewWriter(&zst)
	if err != nil {
		t.Fatal(err)
	}
	io.WriteString(zw, whole)
	zw.Close()
	flip := func(b []byte, at int) []byte {
		b = bytes.Clone(b)
		b[at] ^= 0xff
		return b
	}
	for name, tt := range map[string]struct {
		data []byte
		want string
	}{
		"gzip header cut":    {gz.Bytes()[:5], "the input is truncated: its gzip data ends early"},
		"gzip cut":           {gz.Bytes()[:gz.Len()/2], "the input is truncated: its gzip data ends early"},
		"gzip checksum cut":  {gz.Bytes()[:gz.Len()-3], "the input is truncated: its gzip data ends early"},
		"gzip checksum bad":  {flip(gz.Bytes(), gz.Len()-6), "the input is damaged: its gzip data cannot be read: "},
		"gzip header bad":    {flip(gz.Bytes(), 2), "the input is damaged: its gzip data cannot be read: "},
		"zstd header cut":    {zst.Bytes()[:5], "the input is truncated: its zstd data ends early"},
		"zstd cut":           {zst.Bytes()[:zst.Len()/2], "the input is truncated: its zstd data ends early"},
		"zstd checksum bad":  {flip(zst.Bytes(), zst.Len()-2), "the input is damaged: its zstd data cannot be read: "},
		"zstd vast window":   {[]byte("\x28\xb5\x2f\xfd\x00\xff\x00\x00\x00"), "the input is damaged: its zstd data cannot be read: "},
		"empty within gzip":  {[]byte("\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\x03\x00\x00\x00\x00\x00\x00\x00\x00\x00"), "the input is empty"},
		"trailing after zst": {append(bytes.Clone(zst.Bytes()), "rubbish"...), "the input is damaged: its zstd data cannot be read: "},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Read(bytes.NewReader(tt.data))
			var format *profile.FormatError
			if !errors.As(err, &format) || !strings.HasPrefix(err.Error(), tt.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("got  %v\nwant %v", err, tt.want)
			}
		})
	}
}

func TestReadPassesOnItsSourcesError(t *testing.T) {
	broken := errors.New("the disk fell off")
	for _, head := range []string{"", whole[:100], "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03", "\x28\xb5\x2f\xfd\x04\x00"} {
		_, err := Read(io.MultiReader(strings.NewReader(head), iotest.ErrReader(broken)))
		if !errors.Is(err, broken) {
			t.Errorf("after %q: %v", head, err)
		}
	}
}

func TestReadFileNamesTheFile(t *testing.T) {
	dir := t.TempDir()
	empty := filepath.Join(dir, "empty.json")
	if err := os.WriteFile(empty, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	missing := filepath.Join(dir, "missing.json")
	for path, want := range map[string]string{
		missing: "cannot read " + missing + ": no such file or directory",
		dir:     dir + " is a directory, not a profile",
		empty:   empty + " is empty",
	} {
		if _, err := ReadFile(path); err == nil || err.Error() != want {
			t.Errorf("got  %v\nwant %v", err, want)
		}
	}
}

func TestWriteFileCompressesBySuffixAndReadFileSees(t *testing.T) {
	for suffix, magic := range map[string]string{".json": "{", ".json.gz": "\x1f\x8b", ".json.zst": "\x28\xb5\x2f\xfd"} {
		path := filepath.Join(t.TempDir(), "new", "dir", "out"+suffix)
		if err := WriteFile(path, wholefile.Options{}, profiletest.Sample()); err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.HasPrefix(text, []byte(magic)) {
			t.Errorf("%s begins with %q, want %q", suffix, text[:4], magic)
		}
		got, err := ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got, profiletest.Sample()) {
			t.Errorf("%s: got %+v", suffix, got)
		}
	}
}
