/**
 * A filter of system calls for jails (seccomp(2)), as the classic BPF program that bubblewrap takes. The namespaces
 * are the wall; the filter takes away what they do not cover: memory that no process shows as its own (memfd, System V
 * segments, message queues), sockets that ignore network namespaces (vsock), input pushed into a terminal, and the
 * calls by which kernels were broken out of most often.
 */
export function seccompFilter(architecture: string): Buffer | undefined {
  const machine = MACHINES[architecture];
  if (machine === undefined) return undefined;
  return Buffer.concat(program(machine).map(encode));
}

type Column = 0 | 1;
interface Machine {
  /** AUDIT_ARCH_… of linux/audit.h. */
  readonly audit: number;
  readonly column: Column;
}

const MACHINES: Readonly<Record<string, Machine>> = {
  x64: { audit: 0xc000_003e, column: 0 },
  arm64: { audit: 0xc000_00b7, column: 1 },
};

/** Numbers of system calls on x64 and arm64; null where there is no such call. Since 424 both are numbered alike. */
const REFUSED: Readonly<Record<string, readonly [number, number | null]>> = {
  // Other processes.
  ptrace: [101, 117],
  process_vm_readv: [310, 270],
  process_vm_writev: [311, 271],
  kcmp: [312, 272],
  pidfd_getfd: [438, 438],
  // Namespaces and mounts.
  unshare: [272, 97],
  setns: [308, 268],
  mount: [165, 40],
  umount2: [166, 39],
  pivot_root: [155, 41],
  chroot: [161, 51],
  open_tree: [428, 428],
  move_mount: [429, 429],
  fsopen: [430, 430],
  fsconfig: [431, 431],
  fsmount: [432, 432],
  fspick: [433, 433],
  mount_setattr: [442, 442],
  name_to_handle_at: [303, 264],
  open_by_handle_at: [304, 265],
  // Memory that belongs to no process, so that nobody could see who takes it.
  memfd_create: [319, 279],
  memfd_secret: [447, 447],
  shmget: [29, 194],
  shmat: [30, 196],
  msgget: [68, 186],
  mq_open: [240, 180],
  // Parts of the kernel that no command needs.
  bpf: [321, 280],
  perf_event_open: [298, 241],
  userfaultfd: [323, 282],
  io_uring_setup: [425, 425],
  io_uring_enter: [426, 426],
  io_uring_register: [427, 427],
  add_key: [248, 217],
  request_key: [249, 218],
  keyctl: [250, 219],
  fanotify_init: [300, 262],
  lookup_dcookie: [212, 18],
  modify_ldt: [154, null],
  quotactl: [179, 60],
  syslog: [103, 116],
  acct: [163, 89],
  // The machine itself.
  kexec_load: [246, 104],
  kexec_file_load: [320, 294],
  init_module: [175, 105],
  finit_module: [313, 273],
  delete_module: [176, 106],
  swapon: [167, 224],
  swapoff: [168, 225],
  reboot: [169, 142],
  settimeofday: [164, 170],
  clock_settime: [227, 112],
  adjtimex: [159, 171],
  clock_adjtime: [305, 266],
  iopl: [172, null],
  ioperm: [173, null],
};

const CLONE: readonly [number, number] = [56, 220];
const CLONE3 = 435;
const IOCTL: readonly [number, number] = [16, 29];
const SOCKET: readonly [number, number] = [41, 198];

/** All of CLONE_NEW…: a namespace of one's own is where most ways out begin. */
const NEW_NAMESPACES = 0x7e02_0000;
/** TIOCSTI and TIOCLINUX type on somebody's terminal. */
const TERMINAL_INPUT = [0x5412, 0x541c];
/** AF_UNIX, AF_INET, AF_INET6, AF_NETLINK: the families that a network namespace bounds. */
const BOUNDED_FAMILIES = [1, 2, 10, 16];
/** From here on x64 means the x32 calling convention, under which every call has a second number. */
const X32 = 0x4000_0000;

const EPERM = 1;
const ENOSYS = 38;
const EAFNOSUPPORT = 97;

/** Instruction codes of linux/bpf_common.h, and the answers of linux/seccomp.h. */
const LOAD = 0x20;
const JUMP_IF_EQUAL = 0x15;
const JUMP_IF_AT_LEAST = 0x35;
const JUMP_IF_ANY_BIT = 0x45;
const RETURN = 0x06;
const ALLOW = 0x7fff_0000;
const ERRNO = 0x0005_0000;

/** Offsets in struct seccomp_data; of an argument only the lower half is read, as the kernel reads these arguments. */
const NUMBER = 0;
const ARCHITECTURE = 4;
const FIRST_ARGUMENT = 16;
const SECOND_ARGUMENT = 24;

interface Instruction {
  readonly code: number;
  readonly value: number;
  /** Instructions to skip when the condition holds, and when it does not. */
  readonly met?: number;
  readonly unmet?: number;
}

function program({ audit, column }: Machine): Instruction[] {
  const refused = Object.values(REFUSED).flatMap((numbers) => numbers[column] ?? []);
  return [
    { code: LOAD, value: ARCHITECTURE },
    // Another convention (32-bit programs) numbers its calls differently and would pass by this list.
    { code: JUMP_IF_EQUAL, value: audit, met: 1 },
    refuse(ENOSYS),
    { code: LOAD, value: NUMBER },
    { code: JUMP_IF_AT_LEAST, value: X32, unmet: 1 },
    refuse(ENOSYS),
    ...refused.flatMap((number) => whenCalled(number, [refuse(EPERM)])),
    // Its flags lie in memory, where a filter cannot look; libraries then fall back to clone.
    ...whenCalled(CLONE3, [refuse(ENOSYS)]),
    ...whenCalled(CLONE[column], [
      { code: LOAD, value: FIRST_ARGUMENT },
      { code: JUMP_IF_ANY_BIT, value: NEW_NAMESPACES, unmet: 1 },
      refuse(EPERM),
      allow,
    ]),
    ...whenCalled(IOCTL[column], [
      { code: LOAD, value: SECOND_ARGUMENT },
      ...TERMINAL_INPUT.flatMap((value) => [{ code: JUMP_IF_EQUAL, value, unmet: 1 }, refuse(EPERM)]),
      allow,
    ]),
    ...whenCalled(SOCKET[column], [
      { code: LOAD, value: FIRST_ARGUMENT },
      ...BOUNDED_FAMILIES.flatMap((value) => [{ code: JUMP_IF_EQUAL, value, unmet: 1 }, allow]),
      refuse(EAFNOSUPPORT),
    ]),
    allow,
  ];
}

/** Every block ends in an answer, so that what follows it still finds the number of the call. */
function whenCalled(number: number, block: readonly Instruction[]): Instruction[] {
  return [{ code: JUMP_IF_EQUAL, value: number, unmet: block.length }, ...block];
}

const allow: Instruction = { code: RETURN, value: ALLOW };

function refuse(errno: number): Instruction {
  return { code: RETURN, value: ERRNO + errno };
}

/** struct sock_filter of linux/filter.h; both machines are little-endian. */
function encode({ code, value, met = 0, unmet = 0 }: Instruction): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt16LE(code, 0);
  bytes.writeUInt8(met, 2);
  bytes.writeUInt8(unmet, 3);
  bytes.writeUInt32LE(value, 4);
  return bytes;
}
