#!/bin/sh
# 恢复备份；现有内容移到旁边，不删除。之后运行 xinhui verify，下一晚从那里继续。
# Puts a backup back. What stands there now is moved aside, not deleted.
#   restore.sh 备份文件 / BACKUP     then `xinhui verify`; the next night goes on from there
set -eu
umask 077
root=/srv/xinhui
backup=${1:?"用法 / usage: restore.sh BACKUP"}
gzip -t "$backup"
new=$root.restored-$$
mkdir "$new"
tar -C "$new" -xzf "$backup"
if [ -d "$root" ]; then
    # The key and the log are in no backup.
    for kept in xinhui.key log; do
        if [ -e "$root/$kept" ]; then cp -a "$root/$kept" "$new/"; fi
    done
    chown --reference="$root" "$new" && chmod --reference="$root" "$new"
    aside=$root.before-$(date -u +%Y%m%dT%H%M%SZ)
    mv "$root" "$aside"
    echo "原有内容在 / what stood there is in $aside"
fi
mv "$new" "$root"
[ -e "$root/xinhui.key" ] || echo "请放回密钥 / put the key back: $root/xinhui.key"
