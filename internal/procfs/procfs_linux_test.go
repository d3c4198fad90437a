package procfs

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"golang.org/x/sys/unix"
)

func TestThisProcessIsReadAsItIs(t *testing.T) {
	self, err := Self()
	if err != nil {
		t.Fatal(err)
	}
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if name, err := self.ExeName(); err != nil || name != exe {
		t.Errorf("it runs %q, %v, want %q", name, err, exe)
	}
	if arguments, err := self.Arguments(); err != nil || !slices.Equal(arguments, os.Args) {
		t.Errorf("its arguments are %q, %v, want %q", arguments, err, os.Args)
	}
	if variables, err := self.Environment(); err != nil || !slices.Contains(variables, "PATH="+os.Getenv("PATH")) {
		t.Errorf("its environment has no PATH: %v", err)
	}
	status, err := self.Status()
	if err != nil || status.User != os.Geteuid() || status.Numbers[len(status.Numbers)-1] != os.Getpid() || status.PeakResident == 0 {
		t.Errorf("status: %+v, %v", status, err)
	}
	if m, err := self.Memory(); err != nil || m.Anonymous() == 0 || m.Anonymous() > m.Resident || m.Resident > m.Addresses {
		t.Errorf("memory: %+v, %v", m, err)
	}
	all, err := self.Maps()
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(Files(all), func(f File) bool { return f.Path == exe })
	if i < 0 || !Files(all)[i].HasCode() {
		t.Errorf("its program is not mapped: %+v", all)
	}
	anonymous := uint64(0)
	if err := self.EachMapped(func(m MappedMemory) { anonymous += m.Anonymous }); err != nil || anonymous == 0 {
		t.Errorf("%d bytes are anonymous, %v", anonymous, err)
	}
	processes, err := Processes()
	if err != nil || !slices.Contains(processes, self) {
		t.Errorf("it is not among %d processes, %v", len(processes), err)
	}
}

func TestAChildIsFoundAndKnownByItsDescriptor(t *testing.T) {
	self, err := Self()
	if err != nil {
		t.Fatal(err)
	}
	child := exec.Command("cat")
	input, err := child.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { input.Close(); _ = child.Wait() }()
	fd, err := unix.PidfdOpen(child.Process.Pid, 0)
	if err != nil {
		t.Skip("the kernel gives no descriptor of a process: ", err)
	}
	defer unix.Close(fd)
	p := OfPidfd(fd)
	if status, err := p.Status(); err != nil || status.Numbers[len(status.Numbers)-1] != child.Process.Pid {
		t.Errorf("it stands for %d, want %d: %+v, %v", p, child.Process.Pid, status, err)
	}
	if children := self.Children(); !slices.Contains(children, p) {
		t.Errorf("%d is not among the children %d", p, children)
	}
	began, err := p.Stat()
	if own, ownErr := self.Stat(); err != nil || ownErr != nil || began.Start < own.Start {
		t.Errorf("the child was made at %d, its parent at %d: %v, %v", began.Start, own.Start, err, ownErr)
	}
}

func TestADeletedFileIsOpenedByADescriptorOfItsProcess(t *testing.T) {
	self, err := Self()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "gone")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := f.Truncate(int64(os.Getpagesize())); err != nil {
		t.Fatal(err)
	}
	bytes, err := unix.Mmap(int(f.Fd()), 0, os.Getpagesize(), unix.PROT_READ|unix.PROT_EXEC, unix.MAP_PRIVATE)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = unix.Munmap(bytes) }()
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	all, err := self.Maps()
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(Files(all), func(f File) bool { return f.Path == path+deletedSuffix })
	if i < 0 {
		t.Fatal("the file is not mapped")
	}
	found := Files(all)[i].PathFrom(self)
	want, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	if got, err := os.Stat(found); err != nil || !os.SameFile(got, want) {
		t.Errorf("%s: %v", found, err)
	}
	if name := WithoutDeleted(path + deletedSuffix); name != path {
		t.Errorf("its name is %s", name)
	}
}
