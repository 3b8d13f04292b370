package store

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// warnFastCommit speaks up where ext4's fast commits are at work on a kernel from
// 5.10 to 5.16: but for the later fixes of 5.10 and 5.15 these can lose part of
// what a file grew by in a power cut, and bbolt's file with it
// (https://github.com/etcd-io/bbolt/issues/562).
func (s *Store) warnFastCommit(dir string) {
	var name syscall.Utsname
	if err := syscall.Uname(&name); err != nil || !fastCommitRelease(release(name.Release[:])) {
		return
	}
	var st syscall.Stat_t
	if err := syscall.Stat(dir, &st); err != nil {
		return
	}
	device, err := filepath.EvalSymlinks(fmt.Sprintf("/sys/dev/block/%d:%d", st.Dev>>8&0xfff, st.Dev&0xff))
	if err != nil {
		return
	}
	info, err := os.ReadFile(filepath.Join("/proc/fs/ext4", filepath.Base(device), "fc_info"))
	if err == nil && fastCommits(string(info)) {
		s.log.Warn("the store is on ext4 with fast commits, which some releases of this kernel write wrongly: "+
			"update the kernel, or turn them off with tune2fs -O ^fast_commit", "path", s.path, "kernel", release(name.Release[:]))
	}
}

func release[C int8 | uint8](chars []C) string {
	var b strings.Builder
	for _, c := range chars {
		if c == 0 {
			break
		}
		b.WriteByte(byte(c))
	}
	return b.String()
}

func fastCommitRelease(release string) bool {
	var major, minor int
	_, err := fmt.Sscanf(release, "%d.%d", &major, &minor)
	return err == nil && major == 5 && minor >= 10 && minor <= 16
}

// fastCommits reads what /proc/fs/ext4/DEVICE/fc_info counts since the mount.
func fastCommits(info string) bool {
	for line := range strings.Lines(info) {
		var n int
		if _, err := fmt.Sscanf(line, "%d commits", &n); err == nil {
			return n > 0
		}
	}
	return false
}
