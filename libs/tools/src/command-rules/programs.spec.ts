import { describe, expect, it } from 'vitest';
import { blockedCommand } from './command-rules.js';

// Nothing here is ever run: only read.

const sh = (text: string): string[] => ['bash', '-c', text];

describe('disks', () => {
  it.each<[argv: string[]]>([
    [['mkfs', '/dev/sda1']],
    [['mkfs.ext4', '-F', '/dev/sda1']],
    [['/sbin/mkfs.xfs', '/dev/sda1']],
    [['mke2fs', '-t', 'ext4', '/dev/sda1']],
    [['mkswap', '/dev/sda2']],
    [['newfs_msdos', '/dev/rdisk2']],
    [['wipefs', '-a', '/dev/sda']],
    [['fdisk', '/dev/sda']],
    [['sfdisk', '/dev/sda']],
    [['sgdisk', '--zap-all', '/dev/sda']],
    [['parted', '/dev/sda', 'mklabel', 'gpt']],
    [['blkdiscard', '/dev/sda']],
    [['badblocks', '-w', '/dev/sda']],
    [['cryptsetup', '-q', 'luksFormat', '/dev/sda']],
    [['diskutil', 'eraseDisk', 'JHFS+', 'Untitled', 'disk2']],
    [['nvme', 'format', '/dev/nvme0n1']],
    [['hdparm', '--security-erase', 'x', '/dev/sda']],
    [['sudo', 'mkfs.ext4', '/dev/sda1']],
    [sh('yes | mkfs.ext4 /dev/sda1')],
    [sh('mkfs.ex"t4" /dev/sda1')],
  ])('never lets %j format a disk [SAF-4]', (argv) => {
    expect(blockedCommand(argv)).toMatch(/would format or partition a disk/);
  });

  it.each<[argv: string[]]>([
    [['dd', 'if=/dev/zero', 'of=/dev/sda', 'bs=1M']],
    [['dd', 'of=/workspace/../dev/sda']],
    [['shred', '-n', '1', '/dev/sda']],
    [['cp', 'disk.img', '/dev/sda']],
    [['cp', '-t', '/dev/sda', 'disk.img']],
    [['tee', '/dev/sda']],
    [sh('cat x > /dev/sda')],
    [sh('cat x >/dev/mapper/root')],
    [sh(': >| "/dev/nvme0n1"')],
    [sh('dd if=/dev/zero of=/dev/$DISK')],
    [sh('echo x &> /dev/disk/by-id/x')],
    [sh('d=/dev/sda; cat x > $d')],
    [sh('cd /dev && dd if=/dev/zero of=sda')],
  ])('never lets %j write over a device [SAF-4]', (argv) => {
    expect(blockedCommand(argv)).toMatch(/write over the device/);
  });

  it.each<[argv: string[]]>([
    [['dd', 'if=a', 'of=b.img']],
    [['dd', 'if=/dev/urandom', 'of=random.bin', 'count=1']],
    [['dd', 'if=a', 'of=/dev/null']],
    [['fdisk', '-l']],
    [['parted', '-l']],
    [['mkfs.ext4', '--help']],
    [['wipefs', '/dev/sda']],
    [['cryptsetup', 'status', 'x']],
    [['diskutil', 'list']],
    [['cp', '/dev/null', 'empty']],
    [['cp', 'a', 'b']],
    [['echo', 'mkfs', '/dev/sda']],
    [['man', 'mkfs']],
    [sh('ls > /dev/null 2>/dev/stderr')],
    [sh('echo x | tee /dev/tty a.log')],
  ])('has nothing against %j [SAF-4]', (argv) => {
    expect(blockedCommand(argv)).toBeUndefined();
  });
});

describe('databases', () => {
  it.each<[argv: string[]]>([
    [['psql', '-c', 'DROP DATABASE shop']],
    [['psql', '-c', 'dRoP/**/DaTaBaSe shop']],
    [['psql', '-c', 'DROP -- x\n DATABASE shop']],
    [['psql', '-c', 'DROP /* a /* nested */ comment */ DATABASE shop']],
    [['psql', '-h', 'db', '-U', 'me', '--command=drop database if exists shop']],
    [['psql', '-qc', 'select 1; drop database shop']],
    [['psql', '-c', String.raw`select '\'; drop database shop; --'`]],
    [['psql', '-c', 'drop schema public cascade']],
    [['psql', '-c', `do $$ begin execute 'drop schema public cascade'; end $$`]],
    [['psql', '-c', String.raw`select 'drop database shop' \gexec`]],
    [['sudo', '-u', 'postgres', 'psql', '-c', 'drop database shop']],
    [['dropdb', 'shop']],
    [['mysql', '-e', 'DROP DATABASE shop']],
    [['mysql', '-u', 'root', '--execute=drop schema shop']],
    [['mysql', '-e', '/*!50000 DROP DATABASE shop */']],
    [['mysql', '-e', 'DROP # x\n DATABASE shop']],
    [['mysql', '-e', "prepare s from 'drop database shop'"]],
    [['mariadb', '-e', 'drop database shop']],
    [['mysqladmin', '-f', 'drop', 'shop']],
    [['sqlite3', 'a.db', 'drop database x']],
    [['mongosh', '--eval', 'db.dropDatabase()']],
    [['mongosh', '--eval', 'db.runCommand({ dropDatabase: 1 })']],
    [['redis-cli', '-h', 'cache', '-n', '2', 'FLUSHALL']],
    [['redis-cli', 'flushdb', 'async']],
    [['redis-cli', 'eval', 'redis.call("FLUSHALL")', '0']],
    [['cockroach', 'sql', '-e', 'drop database shop']],
    [['cqlsh', '-e', 'DROP KEYSPACE shop']],
    [sh('echo "drop database shop" | psql')],
    [sh('psql <<SQL\ndrop\n  database shop;\nSQL')],
    [sh('psql <<< "drop database shop"')],
    [sh('psql -c "drop ""database shop"')],
    [sh('x="drop database"; psql -c "$x shop"')],
    [sh('echo FLUSHALL | redis-cli')],
  ])('never lets %j drop a database [SAF-4]', (argv) => {
    expect(blockedCommand(argv)).toMatch(/would drop a whole database/);
  });

  it.each<[argv: string[]]>([
    [['psql', '-c', String.raw`\! rm -rf /`]],
    [['sqlite3', 'a.db', '.shell rm -rf /']],
    [['sqlite3', 'a.db', '.system rm -rf /']],
    [['mysql', '-e', 'system rm -rf /']],
  ])('reads what %j has a shell do [SAF-4]', (argv) => {
    expect(blockedCommand(argv)).toMatch(/outside the workspace/);
  });

  it.each<[argv: string[]]>([
    [['psql', '-c', 'drop table t']],
    [['psql', '-c', 'drop schema old']],
    [['psql', '-c', "insert into notes values ('drop database shop')"]],
    [['psql', '-c', 'select 1 -- drop database shop']],
    [['psql', '-c', 'select 1 /* drop database shop */']],
    [['psql', '-c', 'select "drop", "database" from t']],
    [['psql', '-f', 'dump.sql']],
    [['mysql', '-e', 'show databases']],
    [['sqlite3', 'a.db', 'delete from t']],
    [['redis-cli', 'get', 'flushall']],
    [['mongosh', '--eval', 'db.items.drop()']],
    [['dropdb', '--help']],
    [['grep', 'DROP DATABASE', 'dump.sql']],
    [['echo', 'drop database shop']],
    [sh('psql < dump.sql')],
  ])('has nothing against %j [SAF-4]', (argv) => {
    expect(blockedCommand(argv)).toBeUndefined();
  });
});

describe('addresses', () => {
  it.each<[argv: string[]]>([
    [['curl', 'http://169.254.169.254/latest/meta-data/']],
    [['curl', '-s', '169.254.169.254/latest']],
    [['curl', '-sSL', '-m', '10', '-o', 'x', 'http://127.0.0.1:8080/']],
    [['curl', 'http://2852039166/']],
    [['curl', 'http://0xa9fea9fe/']],
    [['curl', 'http://[::ffff:169.254.169.254]/']],
    [['curl', 'http://user:pass@169.254.169.254/']],
    [['curl', 'http://169.254.169.{1,254}/']],
    [['curl', '--url', 'http://10.0.0.1/']],
    [['curl', '--url=http://10.0.0.1/']],
    [['curl', '-x', '10.0.0.1:3128', 'https://example.com']],
    [['curl', '--resolve', 'example.com:443:10.0.0.1', 'https://example.com']],
    [['curl', 'http://localhost:5432']],
    [['curl', 'gopher://127.0.0.1:6379/_x']],
    [['curl', 'http://metadata.google.internal/']],
    [['wget', '-qO-', 'http://192.168.1.1/']],
    [['http', 'GET', 'http://10.0.0.1/']],
    [['nc', '-w', '3', '10.0.0.1', '22']],
    [['telnet', '127.0.0.1', '25']],
    [['socat', '-', 'TCP:10.0.0.1:22']],
    [['openssl', 's_client', '-connect', '10.0.0.1:443']],
    [['git', 'clone', 'http://10.0.0.1/x.git']],
    [['git', 'clone', 'git@10.0.0.1:x.git']],
    [['timeout', '5', 'curl', 'http://10.0.0.1/']],
    [sh('curl "http://169.254."169.254/')],
    [sh('h=169.254.169.254; curl http://$h/latest')],
    [sh('exec 3<>/dev/tcp/127.0.0.1/6379')],
    [sh('cat < /dev/tcp/169.254.169.254/80')],
  ])('never lets %j reach an internal address [SAF-4]', (argv) => {
    expect(blockedCommand(argv)).toMatch(/would reach an internal address/);
  });

  it.each<[argv: string[]]>([
    [['curl', '-fsSL', '--retry', '3', '-m', '10', 'https://example.com/a.tgz']],
    [['curl', '-H', 'Origin: http://localhost:3000', 'https://example.com']],
    [['curl', '-d', '{"callback":"http://localhost"}', 'https://example.com']],
    [['wget', '-t', '3', '-O', 'x', 'https://example.com/']],
    [['git', 'clone', 'https://github.com/a/b.git']],
    [['git', 'push', 'origin', 'main']],
    [['echo', 'http://169.254.169.254/']],
    [sh('curl "$URL"')],
  ])('has nothing against %j [SAF-4]', (argv) => {
    expect(blockedCommand(argv)).toBeUndefined();
  });

  it('asks whom it is given instead, e.g. one that knows what the operator has opened [SAF-4]', () => {
    const refuses = (url: string): string | undefined => (url === 'http://example.com/' ? 'Not today.' : undefined);
    expect(blockedCommand(['curl', 'https://example.com/a?b'], refuses)).toBe(
      '`curl` would reach an internal address. Not today.',
    );
    expect(blockedCommand(['curl', 'http://10.0.0.1/'], refuses)).toBeUndefined();
  });
});
