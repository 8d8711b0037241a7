#!/bin/sh
# 建账号，把存储交给它，安装定时任务。xinhui init 之后以 root 运行一次；恢复备份之后再运行一次也无妨。
# Makes the account, gives it the store, and puts the scheduler's files in place. Run it once, as root, after
# `xinhui init`, and again after a restore; running it again does no harm.
#   install.sh           有 systemd 用 systemd，否则用 cron / with systemd if it runs here, else with cron
#   install.sh cron      用 cron / with cron
set -eu
user=xinhui
dir=/srv/xinhui
program=/usr/local/bin/xinhui
ops=$(cd "$(dirname "$0")" && pwd)

case "$#:${1:-}" in
0: | 1:cron) ;;
*)
    echo "用法 / usage: install.sh [cron]" >&2
    exit 2
    ;;
esac
[ "$(id -u)" = 0 ] || { echo "请以 root 运行 / run this as root" >&2; exit 1; }
if ! id "$user" >/dev/null 2>&1; then
    useradd --system --user-group --home-dir "$dir" --no-create-home --shell /usr/sbin/nologin "$user"
fi
mkdir -p "$dir/log"
chown -R "$user:$user" "$dir"
chmod 0750 "$dir"
chmod 0700 "$dir/log"
# What the scheduler will do, tried by the account itself.
runuser -u "$user" -- "$program" check --config "$dir/xinhui.toml" || {
    echo "账号 $user 不能运行 $program，或配置有问题 / the account $user cannot run $program, or the config is wrong" >&2
    exit 1
}

if [ "${1:-}" != cron ] && [ -d /run/systemd/system ]; then
    cp "$ops/xinhui.service" "$ops/xinhui.timer" /etc/systemd/system/
    systemctl daemon-reload
    systemctl enable --now xinhui.timer
    echo "已交给 systemd / systemd starts the nights: systemctl list-timers xinhui"
else
    mkdir -p /etc/cron.d /etc/logrotate.d
    cp "$ops/xinhui.cron" /etc/cron.d/xinhui
    cp "$ops/xinhui.logrotate" /etc/logrotate.d/xinhui
    chown root:root /etc/cron.d/xinhui /etc/logrotate.d/xinhui
    chmod 0644 /etc/cron.d/xinhui /etc/logrotate.d/xinhui
    echo "已交给 cron / cron starts the nights: /etc/cron.d/xinhui"
fi
