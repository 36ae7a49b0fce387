package errno

import (
	"fmt"
	"io/fs"
)

// Errno is an error number (include/uapi/asm-generic/errno-base.h and errno.h).
type Errno int

// The error numbers that anything in the simulator answers with.
const (
	EPERM         Errno = 1
	ENOENT        Errno = 2
	ESRCH         Errno = 3
	EINTR         Errno = 4
	EIO           Errno = 5
	ENXIO         Errno = 6
	E2BIG         Errno = 7
	EBADF         Errno = 9
	EAGAIN        Errno = 11
	ENOMEM        Errno = 12
	EACCES        Errno = 13
	EBUSY         Errno = 16
	EEXIST        Errno = 17
	EXDEV         Errno = 18
	ENODEV        Errno = 19
	ENOTDIR       Errno = 20
	EISDIR        Errno = 21
	EINVAL        Errno = 22
	ENFILE        Errno = 23
	EMFILE        Errno = 24
	ETXTBSY       Errno = 26
	EFBIG         Errno = 27
	ENOSPC        Errno = 28
	EROFS         Errno = 30
	ERANGE        Errno = 34
	ENAMETOOLONG  Errno = 36
	ENOTEMPTY     Errno = 39
	ELOOP         Errno = 40
	EPROTO        Errno = 71
	EOPNOTSUPP    Errno = 95
	EADDRINUSE    Errno = 98
	EADDRNOTAVAIL Errno = 99
	ENETDOWN      Errno = 100
	ENETUNREACH   Errno = 101
	ENOBUFS       Errno = 105
	ETIMEDOUT     Errno = 110
	ECONNREFUSED  Errno = 111
	EHOSTUNREACH  Errno = 113
	EDQUOT        Errno = 122
)

// words are those of strerror(3) with a small first letter, as Go's are.
//
//nolint:gochecknoglobals // a constant table
var words = map[Errno][2]string{
	EPERM:         {"EPERM", "operation not permitted"},
	ENOENT:        {"ENOENT", "no such file or directory"},
	ESRCH:         {"ESRCH", "no such process"},
	EINTR:         {"EINTR", "interrupted system call"},
	EIO:           {"EIO", "input/output error"},
	ENXIO:         {"ENXIO", "no such device or address"},
	E2BIG:         {"E2BIG", "argument list too long"},
	EBADF:         {"EBADF", "bad file descriptor"},
	EAGAIN:        {"EAGAIN", "resource temporarily unavailable"},
	ENOMEM:        {"ENOMEM", "cannot allocate memory"},
	EACCES:        {"EACCES", "permission denied"},
	EBUSY:         {"EBUSY", "device or resource busy"},
	EEXIST:        {"EEXIST", "file exists"},
	EXDEV:         {"EXDEV", "invalid cross-device link"},
	ENODEV:        {"ENODEV", "no such device"},
	ENOTDIR:       {"ENOTDIR", "not a directory"},
	EISDIR:        {"EISDIR", "is a directory"},
	EINVAL:        {"EINVAL", "invalid argument"},
	ENFILE:        {"ENFILE", "too many open files in system"},
	EMFILE:        {"EMFILE", "too many open files"},
	ETXTBSY:       {"ETXTBSY", "text file busy"},
	EFBIG:         {"EFBIG", "file too large"},
	ENOSPC:        {"ENOSPC", "no space left on device"},
	EROFS:         {"EROFS", "read-only file system"},
	ERANGE:        {"ERANGE", "numerical result out of range"},
	ENAMETOOLONG:  {"ENAMETOOLONG", "file name too long"},
	ENOTEMPTY:     {"ENOTEMPTY", "directory not empty"},
	ELOOP:         {"ELOOP", "too many levels of symbolic links"},
	EPROTO:        {"EPROTO", "protocol error"},
	EOPNOTSUPP:    {"EOPNOTSUPP", "operation not supported"},
	EADDRINUSE:    {"EADDRINUSE", "address already in use"},
	EADDRNOTAVAIL: {"EADDRNOTAVAIL", "cannot assign requested address"},
	ENETDOWN:      {"ENETDOWN", "network is down"},
	ENETUNREACH:   {"ENETUNREACH", "network is unreachable"},
	ENOBUFS:       {"ENOBUFS", "no buffer space available"},
	ETIMEDOUT:     {"ETIMEDOUT", "connection timed out"},
	ECONNREFUSED:  {"ECONNREFUSED", "connection refused"},
	EHOSTUNREACH:  {"EHOSTUNREACH", "no route to host"},
	EDQUOT:        {"EDQUOT", "disk quota exceeded"},
}

// Error is what strerror(3) says.
func (e Errno) Error() string {
	if w, ok := words[e]; ok {
		return w[1]
	}
	return fmt.Sprintf("errno %d", int(e))
}

// Name is the symbol of the number: "EBUSY".
func (e Errno) Name() string {
	if w, ok := words[e]; ok {
		return w[0]
	}
	return fmt.Sprintf("errno %d", int(e))
}

// Is matches the portable errors of io/fs, as the real numbers do.
func (e Errno) Is(target error) bool {
	switch target {
	case fs.ErrNotExist:
		return e == ENOENT
	case fs.ErrExist:
		return e == EEXIST || e == ENOTEMPTY
	case fs.ErrPermission:
		return e == EACCES || e == EPERM
	}
	return false
}
