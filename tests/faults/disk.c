/* A disk that fails: loaded before the C library, it stands between SQLite and the files of one folder (FAULT_FOLDER).
 *
 * FAULT_AT=n        the n-th write, sync, change of length, opening for writing or removal fails,
 * FAULT_FOR=m       and the m-1 after it (1 unless told).
 * FAULT_ROOM=bytes  the files of the folder may take so many bytes together; what would be more finds the disk full.
 *
 * Each failure adds a line to the file that FAULT_LOG names. */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

static atomic_long operations;

static long number(const char *name, long otherwise) {
    const char *told = getenv(name);
    return told ? atol(told) : otherwise;
}

static int in_folder(const char *path) {
    const char *folder = getenv("FAULT_FOLDER");
    size_t length = folder ? strlen(folder) : 0;
    return length && path && strncmp(path, folder, length) == 0 && path[length] == '/';
}

static int is_ours(int fd) {
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) return 0;
    path[length] = 0;
    return in_folder(path);
}

static int note(const char *what, int error) {
    static int (*real)(const char *, int, ...);
    static ssize_t (*put)(int, const void *, size_t);
    if (!real) real = dlsym(RTLD_NEXT, "open");
    if (!put) put = dlsym(RTLD_NEXT, "write");
    const char *log = getenv("FAULT_LOG");
    int fd = log ? real(log, O_WRONLY | O_CREAT | O_APPEND, 0600) : -1;
    if (fd >= 0) {
        char line[64];
        put(fd, line, snprintf(line, sizeof line, "%s\n", what));
        close(fd);
    }
    errno = error;
    return 1;
}

/* Says whether this operation is one that fails. */
static int fails(const char *what, int error) {
    long at = number("FAULT_AT", 0), count = number("FAULT_FOR", 1), now = atomic_fetch_add(&operations, 1) + 1;
    return at > 0 && now >= at && now < at + count && note(what, error);
}

/* Says whether a file that is to end here makes the folder too large. */
static int is_full(int fd, off_t end) {
    long room = number("FAULT_ROOM", 0);
    struct stat known;
    if (room == 0 || fstat(fd, &known) != 0 || end <= known.st_size) return 0;
    off_t taken = end - known.st_size;
    DIR *folder = opendir(getenv("FAULT_FOLDER"));
    for (struct dirent *entry; folder && (entry = readdir(folder));) {
        struct stat one;
        if (fstatat(dirfd(folder), entry->d_name, &one, 0) == 0 && S_ISREG(one.st_mode)) taken += one.st_size;
    }
    if (folder) closedir(folder);
    return taken > room && note("full", ENOSPC);
}

#define REAL(type, name, ...) \
    static type (*real)(__VA_ARGS__); \
    if (!real) real = dlsym(RTLD_NEXT, #name)

ssize_t write(int fd, const void *bytes, size_t count) {
    REAL(ssize_t, write, int, const void *, size_t);
    if (is_ours(fd) && (fails("write", EIO) || is_full(fd, lseek(fd, 0, SEEK_CUR) + (off_t)count))) return -1;
    return real(fd, bytes, count);
}

ssize_t pwrite(int fd, const void *bytes, size_t count, off_t at) {
    REAL(ssize_t, pwrite, int, const void *, size_t, off_t);
    if (is_ours(fd) && (fails("write", EIO) || is_full(fd, at + (off_t)count))) return -1;
    return real(fd, bytes, count, at);
}

ssize_t pwrite64(int fd, const void *bytes, size_t count, off_t at) { return pwrite(fd, bytes, count, at); }

int ftruncate(int fd, off_t length) {
    REAL(int, ftruncate, int, off_t);
    if (is_ours(fd) && (fails("truncate", EIO) || is_full(fd, length))) return -1;
    return real(fd, length);
}

int ftruncate64(int fd, off_t length) { return ftruncate(fd, length); }

int fsync(int fd) {
    REAL(int, fsync, int);
    return is_ours(fd) && fails("sync", EIO) ? -1 : real(fd);
}

int fdatasync(int fd) {
    REAL(int, fdatasync, int);
    return is_ours(fd) && fails("sync", EIO) ? -1 : real(fd);
}

int unlink(const char *path) {
    REAL(int, unlink, const char *);
    return in_folder(path) && fails("unlink", EIO) ? -1 : real(path);
}

int open(const char *path, int flags, ...) {
    REAL(int, open, const char *, int, ...);
    va_list more;
    va_start(more, flags);
    mode_t mode = va_arg(more, mode_t);
    va_end(more);
    if (in_folder(path) && (flags & O_ACCMODE) != O_RDONLY && fails("open", EIO)) return -1;
    return real(path, flags, mode);
}

int open64(const char *path, int flags, ...) {
    va_list more;
    va_start(more, flags);
    mode_t mode = va_arg(more, mode_t);
    va_end(more);
    return open(path, flags, mode);
}
