#!/bin/sh
# 把存储打包成一个文件，其间不会有运行。含加密的身份信息和不带身份的行：与存储同样保密，密钥另行存放。
# Packs a store into one file, while no night runs in it. It holds identities, encrypted with the store's key, and
# validated rows without them: keep it as closed as the store, and the key elsewhere.
#   backup.sh 文件夹 / DIR
set -eu
umask 077
root=/srv/xinhui
store=$root/store
to=${1:?"用法 / usage: backup.sh DIR"}
mkdir -p "$to"
name=xinhui-$(date -u +%Y%m%dT%H%M%SZ).tar.gz
# The lock that nights take. A backup that comes in between would hold half of one.
exec 9>>"$store/.lock"
flock -w 3600 9 || { echo "运行已持续一小时，未备份 / a night has been running for an hour: no backup" >&2; exit 1; }
tar -C "$root" --exclude=./xinhui.key --exclude='./xinhui.key.*' --exclude=./log -czf "$to/.$name.partial" .
gzip -t "$to/.$name.partial"
mv "$to/.$name.partial" "$to/$name"
echo "$to/$name"
