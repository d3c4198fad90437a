//go:build linux && (amd64 || arm64)

package launch

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"heapprof/internal/profile"
)

// TestWhatIsNoWholeELFFileIsLeftToTheKernel: whether a damaged file runs execve decides.
func TestWhatIsNoWholeELFFileIsLeftToTheKernel(t *testing.T) {
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(exe)
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{"empty": nil, "text": []byte("echo\n"), "header": whole[:20], "half": whole[:len(whole)/2]} {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, data, 0o700); err != nil {
			t.Fatal(err)
		}
		if static, err := Check(name, path); static || err != nil {
			t.Errorf("%s: static: %v, error: %v", name, static, err)
		}
	}
}

func TestAFileOfAnotherMachineIsNamedAsSuch(t *testing.T) {
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(exe)
	if err != nil {
		t.Fatal(err)
	}
	data[18] = 8 // e_machine: MIPS
	path := filepath.Join(t.TempDir(), "prog")
	if err := os.WriteFile(path, data, 0o700); err != nil {
		t.Fatal(err)
	}
	_, err = Check("prog", path)
	var refused *ProgramError
	if !errors.As(err, &refused) || refused.Cause.Code != profile.OtherMachine || refused.Cause.Names[0] != "mips" {
		t.Errorf("got %v", err)
	}
}
