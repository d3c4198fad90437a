//go:build unix

package object

import (
	"debug/elf"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestAFileThatShrinksUnderTheMapIsAnError: a compiler or an upgrade may write over the file
// while it is read.
func TestAFileThatShrinksUnderTheMapIsAnError(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	data := build(t, "", section{name: ".debug_info", kind: elf.SHT_PROGBITS, content: strings.Repeat("x", 1<<20)})
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	reached := false
	err := Read(path, func(f *File) error {
		if f.Size != int64(len(data)) || f.ModTime.IsZero() {
			t.Errorf("it has %d bytes, of %v; want %d", f.Size, f.ModTime, len(data))
		}
		if err := os.Truncate(path, 1<<10); err != nil {
			return err
		}
		_ = f.Checksum()
		reached = true
		return nil
	})
	if reached || !errors.Is(err, ErrCutShort) || !strings.HasPrefix(err.Error(), path+" was cut short while it was read") {
		t.Errorf("read on: %v, error %v", reached, err)
	}
}

func TestOtherPanicsPassTheGuard(t *testing.T) {
	defer func() {
		if recover() != "mine" {
			t.Error("the panic was swallowed")
		}
	}()
	_ = Guard("file", func() error { panic("mine") })
}

func TestTheErrorOfUseIsReturned(t *testing.T) {
	want := errors.New("mine")
	if err := Guard("file", func() error { return want }); err != want {
		t.Errorf("got %v", err)
	}
}

func TestAFaultInOneOfManyPiecesIsTheCallers(t *testing.T) {
	fault := errors.New("cut off")
	defer func() {
		if p := recover(); p != fault {
			t.Errorf("panic of %v", p)
		}
	}()
	InParallel(100, func(i int) {
		if i == 50 {
			panic(fault)
		}
	})
}
