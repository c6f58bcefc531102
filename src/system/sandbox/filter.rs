//! A filter of system calls: sockets, other people's processes, mounts and namespaces, the clock, memory that no limit
//! counts, and terminals.

use std::io;

/// `AF_UNIX` in a socket's first argument.
const LOCAL: u32 = libc::AF_UNIX as u32;
/// Every namespace that clone(2) can make; the one for time is asked for otherwise.
const NEW_NAMESPACES: u32 = (libc::CLONE_NEWNS
    | libc::CLONE_NEWUSER
    | libc::CLONE_NEWPID
    | libc::CLONE_NEWNET
    | libc::CLONE_NEWIPC
    | libc::CLONE_NEWUTS
    | libc::CLONE_NEWCGROUP) as u32;
/// Types into a terminal, and does what a console can.
const TERMINAL_REQUESTS: [u32; 2] = [0x5412, 0x541C];

/// The architecture's name in the kernel's records, and the number from which calls belong to another one.
#[cfg(target_arch = "x86_64")]
const ARCHITECTURE: Option<(u32, Option<u32>)> = Some((0xC000_003E, Some(0x4000_0000)));
#[cfg(target_arch = "aarch64")]
const ARCHITECTURE: Option<(u32, Option<u32>)> = Some((0xC000_00B7, None));
#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
const ARCHITECTURE: Option<(u32, Option<u32>)> = None;

/// Refused as if it were forbidden to this user.
const FORBIDDEN: &[libc::c_long] = &[
    libc::SYS_ptrace,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_pidfd_getfd,
    libc::SYS_kcmp,
    libc::SYS_mount,
    libc::SYS_umount2,
    libc::SYS_pivot_root,
    libc::SYS_chroot,
    libc::SYS_move_mount,
    libc::SYS_open_tree,
    libc::SYS_fsopen,
    libc::SYS_fsmount,
    libc::SYS_fsconfig,
    libc::SYS_fspick,
    libc::SYS_mount_setattr,
    libc::SYS_setns,
    libc::SYS_unshare,
    libc::SYS_open_by_handle_at,
    libc::SYS_quotactl,
    libc::SYS_swapon,
    libc::SYS_swapoff,
    libc::SYS_keyctl,
    libc::SYS_add_key,
    libc::SYS_request_key,
    libc::SYS_bpf,
    libc::SYS_perf_event_open,
    libc::SYS_userfaultfd,
    libc::SYS_kexec_load,
    libc::SYS_init_module,
    libc::SYS_finit_module,
    libc::SYS_delete_module,
    libc::SYS_reboot,
    libc::SYS_acct,
    libc::SYS_syslog,
    libc::SYS_vhangup,
    libc::SYS_settimeofday,
    libc::SYS_clock_settime,
    libc::SYS_adjtimex,
    libc::SYS_clock_adjtime,
    libc::SYS_ioprio_set,
    libc::SYS_process_madvise,
    libc::SYS_sethostname,
    libc::SYS_setdomainname,
    // Memory that outlives processes, or that neither their size nor the disk's shows.
    libc::SYS_memfd_create,
    libc::SYS_shmget,
    libc::SYS_msgget,
    libc::SYS_semget,
    libc::SYS_mq_open,
];

/// Refused as if the kernel were older: programs have another way, which the filter can look into.
const UNKNOWN: &[libc::c_long] = &[
    libc::SYS_clone3,
    libc::SYS_io_uring_setup,
    libc::SYS_io_uring_enter,
    libc::SYS_io_uring_register,
];

/// Landlock says nothing about modes, owners, times and attributes of files that are named by a path.
const METADATA_BY_PATH: &[libc::c_long] = &[
    #[cfg(target_arch = "x86_64")]
    libc::SYS_chmod,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_chown,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_lchown,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_utime,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_utimes,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_futimesat,
    libc::SYS_fchmodat,
    libc::SYS_fchownat,
    libc::SYS_setxattr,
    libc::SYS_lsetxattr,
    libc::SYS_removexattr,
    libc::SYS_lremovexattr,
    FCHMODAT2,
    SETXATTRAT,
    REMOVEXATTRAT,
];
/// The same on every architecture, as all newer calls.
const FCHMODAT2: libc::c_long = 452;
const SETXATTRAT: libc::c_long = 463;
const REMOVEXATTRAT: libc::c_long = 466;

/// Nor about those of files that are open, if only to be read.
const METADATA_BY_DESCRIPTOR: &[libc::c_long] = &[
    libc::SYS_fchmod,
    libc::SYS_fchown,
    libc::SYS_fsetxattr,
    libc::SYS_fremovexattr,
    libc::SYS_utimensat,
];

/// Change a process by its number: only one's own, by the number 0.
const OF_A_PROCESS: &[libc::c_long] = &[
    libc::SYS_prlimit64,
    libc::SYS_sched_setaffinity,
    libc::SYS_sched_setscheduler,
    libc::SYS_sched_setparam,
    libc::SYS_sched_setattr,
    libc::SYS_migrate_pages,
    libc::SYS_move_pages,
];

/// What only a filter keeps, since there are no namespaces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Without {
    /// Whether there are none.
    pub(super) namespaces: bool,
    /// Whether, moreover, there are folders that may be read and not written.
    pub(super) read_only_mounts: bool,
}

/// Offsets in `struct seccomp_data`; the low half of an argument comes first on both architectures.
const NUMBER: u32 = 0;
const ARCH: u32 = 4;
const fn argument(index: u32) -> u32 {
    16 + 8 * index
}

const LOAD: u32 = libc::BPF_LD | libc::BPF_W | libc::BPF_ABS;
const IF_EQUAL: u32 = libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K;
const IF_AT_LEAST: u32 = libc::BPF_JMP | libc::BPF_JGE | libc::BPF_K;
const IF_ANY_BIT: u32 = libc::BPF_JMP | libc::BPF_JSET | libc::BPF_K;
const RETURN: u32 = libc::BPF_RET | libc::BPF_K;

#[allow(clippy::cast_possible_truncation)] // the codes are 16 bits of a wider constant
const fn step(code: u32, k: u32, jt: u8, jf: u8) -> libc::sock_filter {
    libc::sock_filter {
        code: code as u16,
        jt,
        jf,
        k,
    }
}

#[allow(clippy::cast_sign_loss)] // error numbers are positive
const fn refusal(errno: i32) -> libc::sock_filter {
    step(
        RETURN,
        libc::SECCOMP_RET_ERRNO | (errno as u32 & libc::SECCOMP_RET_DATA),
        0,
        0,
    )
}

/// The program. Sockets within this machine may be made where namespaces keep them to themselves.
#[allow(clippy::cast_sign_loss, clippy::cast_possible_truncation)] // numbers of calls are small and positive
fn program(arch: u32, foreign: Option<u32>, without: Without) -> Vec<libc::sock_filter> {
    const ALLOW: libc::sock_filter = step(RETURN, libc::SECCOMP_RET_ALLOW, 0, 0);
    let mut code = vec![
        step(LOAD, ARCH, 0, 0),
        step(IF_EQUAL, arch, 1, 0),
        refusal(libc::ENOSYS),
        step(LOAD, NUMBER, 0, 0),
    ];
    if let Some(foreign) = foreign {
        code.extend([step(IF_AT_LEAST, foreign, 0, 1), refusal(libc::ENOSYS)]);
    }
    let none: &[libc::c_long] = &[];
    let by_path = if without.namespaces {
        METADATA_BY_PATH
    } else {
        none
    };
    let by_descriptor = if without.read_only_mounts {
        METADATA_BY_DESCRIPTOR
    } else {
        none
    };
    for (calls, errno) in [
        (FORBIDDEN, libc::EPERM),
        (by_path, libc::EPERM),
        (by_descriptor, libc::EPERM),
        (UNKNOWN, libc::ENOSYS),
    ] {
        for &call in calls {
            code.extend([step(IF_EQUAL, call as u32, 0, 1), refusal(errno)]);
        }
    }
    // Each block that looks into an argument returns either way, so that the number stays loaded for the next.
    if without.namespaces {
        // Times of a file that is open are set with no path.
        code.extend([
            step(IF_EQUAL, libc::SYS_utimensat as u32, 0, 6),
            step(LOAD, argument(1), 0, 0),
            step(IF_EQUAL, 0, 0, 2),
            step(LOAD, argument(1) + 4, 0, 0),
            step(IF_EQUAL, 0, 1, 0),
            refusal(libc::EPERM),
            ALLOW,
        ]);
    }
    for &call in OF_A_PROCESS {
        code.extend([
            step(IF_EQUAL, call as u32, 0, 4),
            step(LOAD, argument(0), 0, 0),
            step(IF_EQUAL, 0, 1, 0),
            refusal(libc::EPERM),
            ALLOW,
        ]);
    }
    code.extend([
        step(IF_EQUAL, libc::SYS_setpriority as u32, 0, 6),
        step(LOAD, argument(0), 0, 0),
        step(IF_EQUAL, 0, 0, 2),
        step(LOAD, argument(1), 0, 0),
        step(IF_EQUAL, 0, 1, 0),
        refusal(libc::EPERM),
        ALLOW,
    ]);
    if without.namespaces {
        code.extend([
            step(IF_EQUAL, libc::SYS_socket as u32, 0, 1),
            refusal(libc::EACCES),
        ]);
    } else {
        code.extend([
            step(IF_EQUAL, libc::SYS_socket as u32, 0, 4),
            step(LOAD, argument(0), 0, 0),
            step(IF_EQUAL, LOCAL, 0, 1),
            ALLOW,
            refusal(libc::EACCES),
        ]);
    }
    code.extend([
        step(IF_EQUAL, libc::SYS_clone as u32, 0, 4),
        step(LOAD, argument(0), 0, 0),
        step(IF_ANY_BIT, NEW_NAMESPACES, 0, 1),
        refusal(libc::EPERM),
        ALLOW,
    ]);
    let [types, console] = TERMINAL_REQUESTS;
    code.extend([
        step(IF_EQUAL, libc::SYS_ioctl as u32, 0, 5),
        step(LOAD, argument(1), 0, 0),
        step(IF_EQUAL, types, 1, 0),
        step(IF_EQUAL, console, 0, 1),
        refusal(libc::EPERM),
        ALLOW,
    ]);
    code.push(ALLOW);
    code
}

/// Puts the filter on the calling process, which has given up new privileges before.
pub(super) fn install(without: Without) -> io::Result<()> {
    let Some((arch, foreign)) = ARCHITECTURE else {
        return Err(io::ErrorKind::Unsupported.into());
    };
    let mut code = program(arch, foreign, without);
    let program = libc::sock_fprog {
        len: u16::try_from(code.len()).map_err(io::Error::other)?,
        filter: code.as_mut_ptr(),
    };
    // SAFETY: seccomp reads the program, which points to `len` instructions that live until after the call, and keeps a
    // copy.
    #[allow(unsafe_code)]
    let answer = unsafe {
        libc::syscall(
            libc::SYS_seccomp,
            libc::SECCOMP_SET_MODE_FILTER,
            0_u32,
            &raw const program,
        )
    };
    if answer == 0 {
        Ok(())
    } else {
        Err(io::Error::last_os_error())
    }
}
