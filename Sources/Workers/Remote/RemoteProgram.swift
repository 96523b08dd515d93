/// What another machine's python3 is told to do; `A` holds the arguments.
/// Each prints one JSON object. Only modules of the standard library, 3.6 up.
enum RemoteProgram {
    static let isFree = """
        import os
        p = A['path']
        free = not os.path.lexists(p) or (os.path.isdir(p) and not os.path.islink(p) and not os.listdir(p))
        print(json.dumps({'free': free}))
        """

    static let makeFolder = """
        import os
        os.umask(0o077)
        os.makedirs(A['path'], mode=0o700, exist_ok=True)
        os.chmod(A['path'], 0o700)
        print('{}')
        """

    static let rename = """
        import os
        try:
            os.rename(A['from'], A['to'])
            print('{}')
        except OSError as e:
            print(json.dumps({'error': e.strerror.lower(), 'path': A['to']}))
        """

    static let opens = """
        import sqlite3, urllib.parse
        try:
            db = sqlite3.connect('file:' + urllib.parse.quote(A['path']) + '?immutable=1', uri=True)
            print(json.dumps({'sound': db.execute('PRAGMA quick_check(1)').fetchone()[0] == 'ok'}))
        except sqlite3.Error:
            print(json.dumps({'sound': False}))
        """

    static let removeFolder = """
        import os, shutil
        if os.path.isdir(A['path']) and not os.path.islink(A['path']):
            shutil.rmtree(A['path'])
        print('{}')
        """

    static let manifest = """
        import hashlib, os, stat
        entries = {}
        def add(folder, prefix):
            for name in sorted(os.listdir(folder)):
                path = folder + '/' + name
                mode = os.lstat(path).st_mode
                if stat.S_ISLNK(mode):
                    entries[prefix + name] = '-> ' + os.readlink(path)
                elif stat.S_ISDIR(mode):
                    entries[prefix + name] = '/'
                    add(path, prefix + name + '/')
                elif stat.S_ISREG(mode):
                    h = hashlib.sha256()
                    with open(path, 'rb') as f:
                        for piece in iter(lambda: f.read(1 << 18), b''):
                            h.update(piece)
                    entries[prefix + name] = h.hexdigest()
        if os.path.isdir(A['path']) and not os.path.islink(A['path']):
            add(A['path'], '')
            print(json.dumps({'entries': entries}, ensure_ascii=False))
        else:
            print('{}')
        """

    /// What a tree is: its path without links, and a fingerprint of every
    /// file's size, times and number, side files of memory excepted.
    static let fingerprint = """
        import hashlib, os
        root = os.path.realpath(A['path'])
        if not os.path.isdir(root):
            print(json.dumps({'error': 'there is no such folder', 'path': A['path']}))
        else:
            h = hashlib.sha256()
            skip = set(A['skip'])
            failed = None
            for folder, names, files in os.walk(root):
                names[:] = sorted(n for n in names if n not in skip)
                for name in sorted(files) + names:
                    path = os.path.join(folder, name)
                    if name.endswith('-shm'):
                        continue
                    s = os.lstat(path)
                    line = [os.path.relpath(path, root), s.st_size, s.st_mtime_ns, s.st_ino, s.st_mode]
                    if name in files:
                        h.update(json.dumps(line).encode())
            print(json.dumps({'root': root, 'home': os.path.expanduser('~'), 'digest': h.hexdigest()}))
        """

    /// Who has databases open, and whether their locks are free.
    static let holders = """
        import fcntl, os, struct
        found, hidden, locked = [], 0, []
        for db in A['databases']:
            ids, owner = set(), None
            for ending in ('', '-wal', '-shm', '-journal'):
                try:
                    s = os.stat(db + ending)
                    ids.add((s.st_dev, s.st_ino))
                    owner = s.st_uid if owner is None else owner
                except OSError:
                    pass
            for pid in filter(str.isdigit, os.listdir('/proc')):
                if int(pid) == os.getpid():
                    continue
                try:
                    fds = os.listdir('/proc/%s/fd' % pid)
                except PermissionError:
                    try:
                        hidden += os.stat('/proc/' + pid).st_uid == owner
                    except OSError:
                        pass
                    continue
                except OSError:
                    continue
                for fd in fds:
                    link = '/proc/%s/fd/%s' % (pid, fd)
                    try:
                        s = os.stat(link)
                        target = os.readlink(link)
                    except OSError:
                        continue
                    if (s.st_dev, s.st_ino) in ids or target == db + ' (deleted)':
                        with open('/proc/%s/cmdline' % pid, 'rb') as f:
                            program = f.read().split(b'\\0')[0].decode('utf-8', 'replace')
                        found.append({'db': db, 'pid': int(pid), 'program': program})
                        break
            for path, start, count in ((db, 0x40000000, 512), (db + '-shm', 120, 8)):
                try:
                    with open(path, 'rb') as f:
                        ask = struct.pack('hhqqi4x', fcntl.F_WRLCK, 0, start, count, 0)
                        if struct.unpack('hhqqi4x', fcntl.fcntl(f, fcntl.F_GETLK, ask))[0] != fcntl.F_UNLCK:
                            locked.append(db)
                except OSError:
                    pass
        print(json.dumps({'found': found, 'hidden': hidden, 'locked': locked}))
        """

    static let write = """
        import os
        path = A['path']
        mode = 0o600
        if os.path.lexists(path):
            if A['new']:
                print(json.dumps({'error': 'is there already', 'path': path}))
                raise SystemExit
            mode = os.lstat(path).st_mode & 0o7777
        beside = path + '.ferry-new'
        try:
            os.unlink(beside)
        except OSError:
            pass
        try:
            f = os.open(beside, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
            data = bytes.fromhex(A['hex'])
            while data:
                data = data[os.write(f, data):]
            os.fsync(f)
            os.close(f)
            os.chmod(beside, mode)
            os.rename(beside, path)
            print('{}')
        except OSError as e:
            print(json.dumps({'error': e.strerror.lower(), 'path': path}))
        """

    static let read = """
        try:
            with open(A['path'], 'rb') as f:
                print(json.dumps({'hex': f.read(16 << 20).hex()}))
        except FileNotFoundError:
            print('{}')
        except OSError as e:
            print(json.dumps({'error': e.strerror.lower(), 'path': A['path']}))
        """

    static let remove = """
        import os
        try:
            os.unlink(A['path'])
        except FileNotFoundError:
            pass
        print('{}')
        """
}
