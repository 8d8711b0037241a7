#!/bin/sh
# 把存储打包成一个文件，其间不会有运行。含加密的身份信息和不带身份的行：与存储同样保密，密钥另行存放。
# Packs a store into one file, while no night runs in it. It holds identities, encrypted with the store's key, and
# validated rows without them: keep it as closed as the store, and all keys elsewhere: none of them is in it. It is for the layout that
# `xinhui init` makes.
#   backup.sh 文件夹 / DIR
set -eu
umask 077
root=/srv/xinhui
store=$root/store
if [ $# -ne 1 ]; then
    echo "用法 / usage: backup.sh DIR" >&2
    exit 2
fi
to=$1
for line in 'store = "store"' 'inbox = "inbox"' 'key_file = "xinhui.key"'; do
    grep -qxF "$line" "$root/xinhui.toml" || {
        echo "配置不再是 $line，请按实际位置改本脚本 / the config no longer says $line: change this script to where it lies" >&2
        exit 1
    }
done
mkdir -p "$to"
case $(cd "$to" && pwd -P)/ in
    "$(cd "$root" && pwd -P)"/*)
        echo "$to 在 $root 之中，备份会把以前的备份也打包进去：请放到别处 / $to lies in $root, so that each backup would hold those before it: name another folder" >&2
        exit 1
        ;;
esac
# 配置中写明的私钥、令牌和口令文件 / files of keys, tokens and passwords that the config names.
secrets() {
    grep -oE '(key|key_file|token_file|hmac_file|password_file)[[:space:]]*=[[:space:]]*["'\''][^"'\'']+' "$root/xinhui.toml" |
        sed -E 's/^[^"'\'']*["'\'']//; s|^\./||' | while IFS= read -r file; do
        case $file in
            "$root"/*) echo "${file#"$root"/}" ;;
            /* | ../*) ;;
            *) echo "$file" ;;
        esac
    done
}
name=xinhui-$(date -u +%Y%m%dT%H%M%SZ).tar.gz
# Its first line is the process, its second the command, its third when it began; of a process that has ended it is old,
# and whoever holds the lock has written no name.
holder() {
    process=$(sed -n '1s/.* //p' "$store/.lock")
    if [ -n "$process" ] && [ -d "/proc/$process" ]; then
        tr '\n' ' ' <"$store/.lock"
    else
        echo "另一个程序 / another program"
    fi
}
# The lock that nights take. A backup that comes in between would hold half of one.
if [ -e "$store/.lock" ]; then
    exec 9<"$store/.lock"
    flock -n 9 || {
        echo "等待存储解锁，占用者 / waiting for the store, held by: $(holder)" >&2
        flock -w 3600 9 || { echo "等待已满一小时，未备份 / held for an hour, no backup: $(holder)" >&2; exit 1; }
    }
fi
set --
while IFS= read -r file; do
    [ -z "$file" ] || set -- "$@" --exclude="./$file"
done <<LIST
$(secrets)
LIST
tar -C "$root" --no-wildcards "$@" --wildcards --no-wildcards-match-slash --exclude='./*.key' \
    --exclude='./xinhui.key.*' --exclude=./log -czf "$to/.$name.partial" .
gzip -t "$to/.$name.partial"
mv "$to/.$name.partial" "$to/$name"
echo "$to/$name"
