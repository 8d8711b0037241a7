#!/bin/sh
# 恢复备份；现有内容移到旁边，不删除。之后以 root 再运行一次 install.sh，并运行 xinhui verify；下一晚从那里继续。
# Puts a backup back. What stands there now is moved aside, not deleted. Then run install.sh again, as root, and
# `xinhui verify`; the next night goes on from there.
#   restore.sh 备份文件 / BACKUP
# 空机器上先取出本脚本 / on an empty machine take this script out of the backup first:
#   tar -xzf BACKUP ./ops/restore.sh
set -eu
umask 077
root=/srv/xinhui
if [ $# -ne 1 ]; then
    echo "用法 / usage: restore.sh BACKUP" >&2
    exit 2
fi
backup=$1
# Its first line is the process, its second the command, its third when it began; of a process that has ended it is old,
# and whoever holds the lock has written no name.
holder() {
    process=$(sed -n '1s/.* //p' "$root/store/.lock")
    if [ -n "$process" ] && [ -d "/proc/$process" ]; then
        tr '\n' ' ' <"$root/store/.lock"
    else
        echo "另一个程序 / another program"
    fi
}
[ -f "$backup" ] || { echo "没有这个备份文件 / there is no such backup: $backup" >&2; exit 1; }
gzip -t "$backup" 2>/dev/null && tar -tzf "$backup" >/dev/null 2>&1 || {
    echo "不是完整的备份文件，未作改动 / this is no whole backup; nothing was changed: $backup" >&2
    exit 1
}
mkdir -p "$(dirname "$root")"
# 配置中写明的私钥、令牌和口令文件 / files of keys, tokens and passwords that the config names.
secrets() {
    grep -oE '(key|key_file|token_file|hmac_file|password_file)[[:space:]]*=[[:space:]]*["'\''][^"'\'']+' "$root/xinhui.toml" 2>/dev/null |
        sed -E 's/^[^"'\'']*["'\'']//; s|^\./||' | while IFS= read -r file; do
        case $file in
            "$root"/*) echo "${file#"$root"/}" ;;
            /* | ../*) ;;
            *) echo "$file" ;;
        esac
    done
}
new=$root.restored-$$
trap 'rm -rf "$new"' EXIT
mkdir "$new"
tar -C "$new" -xzf "$backup"
[ -f "$new/xinhui.toml" ] && [ -d "$new/inbox" ] || {
    echo "这不是心汇的备份，未作改动 / this is no backup of xinhui; nothing was changed: $backup" >&2
    exit 1
}
if [ -d "$root" ]; then
    if [ -e "$root/store/.lock" ]; then
        exec 9<"$root/store/.lock"
        flock -n 9 || {
            echo "存储正被占用，请稍后再恢复 / the store is held, try again later: $(holder)" >&2
            exit 1
        }
    fi
    # Keys, tokens and the log are in no backup.
    for kept in "$root"/*.key "$root"/xinhui.key.* "$root"/log; do
        if [ -e "$kept" ]; then cp -a "$kept" "$new/"; fi
    done
    secrets | while IFS= read -r file; do
        [ -e "$root/$file" ] && [ ! -e "$new/$file" ] || continue
        mkdir -p "$(dirname "$new/$file")"
        cp -a "$root/$file" "$new/$file"
    done
    chown --reference="$root" "$new" && chmod --reference="$root" "$new"
    aside=$root.before-$(date -u +%Y%m%dT%H%M%SZ)
    mv "$root" "$aside"
    echo "原有内容在 / what stood there is in $aside"
fi
mkdir -p "$new/log"
mv "$new" "$root"
trap - EXIT
[ -e "$root/xinhui.key" ] || echo "请放回密钥 / put the key back: $root/xinhui.key"
