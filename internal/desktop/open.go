// Package desktop opens files with what the desktop has for them. It imports nothing of ours.
package desktop

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"time"
)

// Why a file cannot be opened.
var (
	ErrNoDisplay = errors.New("there is no display")
	ErrNoOpener  = errors.New("there is no xdg-open")
)

// Open opens a file as a click on it does. It returns ErrNoDisplay or ErrNoOpener where nobody can,
// and otherwise what the program said that was to do it, if that was soon.
func Open(file string) error {
	path, err := filepath.Abs(file)
	if err != nil {
		return err
	}
	argv, err := opener(runtime.GOOS, os.Getenv, func(program string) bool {
		_, err := exec.LookPath(program)
		return err == nil
	})
	if err != nil {
		return err
	}
	return start(exec.Command(argv[0], append(argv[1:], path)...))
}

// opener returns the program, and its first arguments, that opens a file on a system.
func opener(system string, env func(string) string, has func(program string) bool) ([]string, error) {
	switch {
	case system == "darwin":
		return []string{"open"}, nil
	case system == "windows":
		return []string{"rundll32", "url.dll,FileProtocolHandler"}, nil
	case env("WSL_DISTRO_NAME") != "" && has("wslview"): // Windows' own browser
		return []string{"wslview"}, nil
	case env("DISPLAY") == "" && env("WAYLAND_DISPLAY") == "":
		// xdg-open would start a browser in the terminal, which runs no scripts.
		return nil, ErrNoDisplay
	case has("xdg-open"):
		return []string{"xdg-open"}, nil
	case has("gio"):
		return []string{"gio", "open"}, nil
	}
	return nil, ErrNoOpener
}

// start starts a command that lives on when this program and its terminal are gone, and waits a little for it to
// fail: openers end soon, or become the browser.
func start(c *exec.Cmd) error {
	const most = 3 * time.Second
	detach(c)
	if err := c.Start(); err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() { ended <- c.Wait() }()
	select {
	case err := <-ended:
		if err != nil {
			return fmt.Errorf("%s failed (%w)", filepath.Base(c.Path), err)
		}
	case <-time.After(most):
	}
	return nil
}
