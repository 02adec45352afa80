//! What the kernel says of processes: their CPU time and memory, from `/proc`.

use std::{fs, time::Duration};

use super::Result;

/// How many ticks `/proc` counts in a second: `getconf CLK_TCK`, which is 100 on every common Linux.
const TICKS_PER_SECOND: u64 = 100;

/// One line of `/proc/PID/stat`, as far as it is needed.
struct Stat {
    parent: u32,
    own_ticks: u64,
    /// Those of children that ended and were waited for.
    ended_children_ticks: u64,
}

/// The CPU time that a process has used so far, in all its threads.
pub fn cpu_time(pid: u32) -> Result<Duration> {
    Ok(time_of(stat(pid)?.own_ticks))
}

/// The CPU time that a process and its children have used so far, those that ended included.
pub fn family_cpu_time(pid: u32) -> Result<Duration> {
    let head = stat(pid)?;
    let mut ticks = head.own_ticks + head.ended_children_ticks;
    for entry in fs::read_dir("/proc")? {
        let Ok(child) = entry?.file_name().to_string_lossy().parse() else { continue };
        // A process may end between the listing and the look.
        let Ok(child) = stat(child) else { continue };
        if child.parent == pid {
            ticks += child.own_ticks + child.ended_children_ticks;
        }
    }
    Ok(time_of(ticks))
}

/// The same of [`cpu_time`], to the microsecond: of the threads that are there.
pub fn exact_cpu_time(pid: u32) -> Result<Duration> {
    let mut nanos = 0;
    for thread in fs::read_dir(format!("/proc/{pid}/task"))? {
        // A thread may end between the listing and the look.
        let Ok(text) = fs::read_to_string(thread?.path().join("schedstat")) else { continue };
        nanos += text.split(' ').next().unwrap_or_default().parse::<u64>()?;
    }
    Ok(Duration::from_nanos(nanos))
}

/// The same of all children of `pid` that are there.
pub fn exact_cpu_time_of_children(pid: u32) -> Result<Duration> {
    let mut sum = Duration::ZERO;
    for entry in fs::read_dir("/proc")? {
        let Ok(child) = entry?.file_name().to_string_lossy().parse() else { continue };
        if stat(child).is_ok_and(|stat| stat.parent == pid) {
            sum += exact_cpu_time(child).unwrap_or_default();
        }
    }
    Ok(sum)
}

/// How many bytes a process has asked its files for so far.
pub fn bytes_read(pid: u32) -> Result<u64> {
    let text = fs::read_to_string(format!("/proc/{pid}/io"))?;
    let line = text.lines().find_map(|line| line.strip_prefix("rchar: "));
    Ok(line.ok_or("no rchar")?.parse()?)
}

/// The process that started `pid`.
pub fn parent(pid: u32) -> Result<u32> {
    Ok(stat(pid)?.parent)
}

/// How much memory of a process is in RAM, in bytes.
pub fn resident_bytes(pid: u32) -> Result<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kibibytes: u64 = line.ok_or("no VmRSS")?.trim().trim_end_matches(" kB").parse()?;
    Ok(kibibytes * 1024)
}

fn time_of(ticks: u64) -> Duration {
    Duration::from_millis(ticks * 1000 / TICKS_PER_SECOND)
}

fn stat(pid: u32) -> Result<Stat> {
    let line = fs::read_to_string(format!("/proc/{pid}/stat"))?;
    // The second field is the name in parentheses, which may hold anything.
    let (_, rest) = line.rsplit_once(") ").ok_or("unreadable /proc/PID/stat")?;
    let fields: Vec<&str> = rest.split(' ').collect();
    // Numbered as in proc_pid_stat(5), which begins with 1; `rest` begins with field 3.
    let number = |field: usize| -> Result<u64> {
        Ok(fields.get(field - 3).ok_or("short /proc/PID/stat")?.parse()?)
    };
    Ok(Stat {
        parent: u32::try_from(number(4)?)?,
        own_ticks: number(14)? + number(15)?,
        ended_children_ticks: number(16)? + number(17)?,
    })
}
