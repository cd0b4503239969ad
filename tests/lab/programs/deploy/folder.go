package main

import (
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// folder is a server's manifests directory, and what is remembered of it between two passes. `seen` is in memory only,
// so that a server that starts again has seen nothing.
type folder struct {
	path     string
	disabled map[string]bool
	seen     map[string]time.Time
}

type outcome struct {
	Forced  bool     `json:"forced"`
	Applied []string `json:"applied"`
	Deleted []string `json:"deleted"`
	Errors  []string `json:"errors"`
}

// pass goes over every file once, in the order of their names. What is disabled is deleted first of all, also where it
// is skipped; a file that is not there any more is not missed.
func (f folder) pass(cluster *cluster, forced bool) outcome {
	done := outcome{Forced: forced, Applied: []string{}, Deleted: []string{}, Errors: []string{}}
	files, err := f.files()
	if err != nil {
		done.Errors = append(done.Errors, err.Error())
		return done
	}
	skipped := map[string]bool{}
	for _, info := range files {
		if name, found := strings.CutSuffix(info.Name(), ".skip"); found {
			skipped[name] = true
		}
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		info := files[name]
		path := filepath.Join(f.path, name)
		switch {
		case f.isDisabled(name):
			if err := cluster.remove(path); err != nil {
				done.Errors = append(done.Errors, fmt.Sprintf("%s: %v", name, err))
				continue
			}
			done.Deleted = append(done.Deleted, name)
		case skipped[info.Name()] || !isManifest(info.Name()):
			// Neither applied nor taken away.
		case !forced && info.ModTime().Equal(f.seen[name]):
			// Not touched since.
		default:
			applied, err := cluster.apply(path, forced)
			if err != nil {
				done.Errors = append(done.Errors, fmt.Sprintf("%s: %v", name, err))
				continue
			}
			f.seen[name] = info.ModTime()
			if applied {
				done.Applied = append(done.Applied, name)
			}
		}
	}
	return done
}

// files gives every file below the directory, at any depth, by its path from there.
func (f folder) files() (map[string]fs.FileInfo, error) {
	found := map[string]fs.FileInfo{}
	err := filepath.Walk(f.path, func(path string, info os.FileInfo, err error) error {
		if err != nil || info.IsDir() {
			return err
		}
		name, err := filepath.Rel(f.path, path)
		found[name] = info
		return err
	})
	return found, err
}

// isDisabled: by a folder on the way to the file (`sub`, `sub/deeper`), or by the file's name without its last ending.
func (f folder) isDisabled(name string) bool {
	for above := filepath.Dir(name); above != "."; above = filepath.Dir(above) {
		if f.disabled[above] {
			return true
		}
	}
	base := filepath.Base(name)
	return hasEnding(base) && f.disabled[strings.TrimSuffix(base, filepath.Ext(base))]
}

func isManifest(base string) bool {
	return hasEnding(base) && !strings.HasPrefix(base, ".")
}

func hasEnding(base string) bool {
	switch strings.ToLower(filepath.Ext(base)) {
	case ".yaml", ".yml", ".json":
		return true
	}
	return false
}

// addonOf names the AddOn of a file: up to the first dot, whatever folder it is in.
func addonOf(path string) string {
	name, _, _ := strings.Cut(filepath.Base(path), ".")
	return name
}
