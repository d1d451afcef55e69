/* A disk that fails: loaded before the C library, it stands between SQLite and the files of one folder (FAULT_FOLDER).
 *
 * FAULT_AT=n        the n-th write, sync, change of length, opening for writing or removal fails,
 * FAULT_FOR=m       and the m-1 after it (1 unless told).
 * FAULT_ROOM=bytes  the files of the folder may take so many bytes together; what would be more finds the disk full.
 *
 * FAULT_JOURNAL=file what is done to the files is written down there, in order: a line of the operation, the file's name, the place
 *                    and the length, and then the bytes.
 *
 * Each failure adds a line to the file that FAULT_LOG names. */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
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

/* Writes down what was done to the file of this name. The index beside the log is mapped memory, made anew at each start. */
static void journal_of(char what, const char *path, const void *bytes, size_t count, off_t at) {
    static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;
    static int (*real)(const char *, int, ...);
    static ssize_t (*put)(int, const void *, size_t);
    static int out = -1;
    char head[512];
    const char *to = getenv("FAULT_JOURNAL"), *name = strrchr(path, '/') + 1;
    if (!to || strncmp(name, "traces.db", 9) != 0 || strstr(name, "-shm")) return;
    if (!real) real = dlsym(RTLD_NEXT, "open");
    if (!put) put = dlsym(RTLD_NEXT, "write");
    pthread_mutex_lock(&turn);
    if (out < 0) out = real(to, O_WRONLY | O_CREAT | O_APPEND, 0600);
    put(out, head, snprintf(head, sizeof head, "%c %s %lld %zu\n", what, name, (long long)at, count));
    if (bytes) put(out, bytes, count);
    pthread_mutex_unlock(&turn);
}

static void journal(char what, int fd, const void *bytes, size_t count, off_t at) {
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) return;
    path[length] = 0;
    journal_of(what, path, bytes, count, at);
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
    if (!is_ours(fd)) return real(fd, bytes, count);
    off_t at = lseek(fd, 0, SEEK_CUR);
    if (fails("write", EIO) || is_full(fd, at + (off_t)count)) return -1;
    ssize_t done = real(fd, bytes, count);
    if (done > 0) journal('w', fd, bytes, done, at);
    return done;
}

ssize_t pwrite(int fd, const void *bytes, size_t count, off_t at) {
    REAL(ssize_t, pwrite, int, const void *, size_t, off_t);
    if (!is_ours(fd)) return real(fd, bytes, count, at);
    if (fails("write", EIO) || is_full(fd, at + (off_t)count)) return -1;
    ssize_t done = real(fd, bytes, count, at);
    if (done > 0) journal('w', fd, bytes, done, at);
    return done;
}

ssize_t pwrite64(int fd, const void *bytes, size_t count, off_t at) { return pwrite(fd, bytes, count, at); }

int ftruncate(int fd, off_t length) {
    REAL(int, ftruncate, int, off_t);
    if (!is_ours(fd)) return real(fd, length);
    if (fails("truncate", EIO) || is_full(fd, length)) return -1;
    int done = real(fd, length);
    if (done == 0) journal('t', fd, NULL, 0, length);
    return done;
}

int ftruncate64(int fd, off_t length) { return ftruncate(fd, length); }

int fsync(int fd) {
    REAL(int, fsync, int);
    if (!is_ours(fd)) return real(fd);
    int done = fails("sync", EIO) ? -1 : real(fd);
    if (done == 0) journal('s', fd, NULL, 0, 0);
    return done;
}

int fdatasync(int fd) {
    REAL(int, fdatasync, int);
    if (!is_ours(fd)) return real(fd);
    int done = fails("sync", EIO) ? -1 : real(fd);
    if (done == 0) journal('s', fd, NULL, 0, 0);
    return done;
}

int unlink(const char *path) {
    REAL(int, unlink, const char *);
    if (!in_folder(path)) return real(path);
    int done = fails("unlink", EIO) ? -1 : real(path);
    if (done == 0) journal_of('u', path, NULL, 0, 0);
    return done;
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
