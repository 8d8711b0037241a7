//! The table of exit codes, for whoever schedules the program and sees only its result.

/// Printed at the end of `--help`; the README shows the same table.
pub const TABLE: &str = "\
Exit codes:
    0  done
    1  done, but some file was refused, left, held back or rejected too much, or
       a package waits
    2  wrong usage, config, declarations or reference data
    3  an input cannot be read at all, or the server of [engine] fails
    4  the store cannot be read or written, is locked or not whole; a package is
       not as signed
    5  withheld (the closing sums do not hold), or --from-scratch found a
       difference
    6  withheld (the public edition is not shown to be safe), or its audit found
       a fault
  101  a bug";

/// The same in Chinese.
pub const TABLE_ZH: &str = "\
退出码：
    0  完成
    1  完成，但有文件未能读取、未采用、暂缓采用或退回过多，或有数据包未送达
    2  用法、配置、声明或基础数据有误
    3  输入完全无法读取，或 [engine] 的服务器出故障
    4  存储无法读写、被锁定或不完整；数据包与签名不符
    5  未发布（行数核对不上），或 --from-scratch 发现不一致
    6  未发布（不能证明公开版安全），或公开版核对发现问题
  101  程序错误";
