-- 两个快照之间逐个数字的变化；`xinhui diff` 说得更多。这里把快照与它自己相比，所以没有变化：请把前一个换成
-- `snapshots/` 下较早快照的文件夹。
-- What changed between two snapshots, number by number: `xinhui diff` tells more of it. Here a snapshot is compared with
-- itself, so nothing changed; name the folder of an earlier one below `snapshots/` in the place of the first.
SELECT indicator, division_code, period, old.numerator AS old_n, old.denominator AS old_d, old.status AS old_status,
       new.numerator AS new_n, new.denominator AS new_d, new.status AS new_status
FROM 'sample-data/store/current/internal/indicators/*.parquet' AS old
FULL JOIN 'sample-data/store/current/internal/indicators/*.parquet' AS new
  USING (indicator, division_code, period)
WHERE (old.numerator, old.denominator, old.status) IS DISTINCT FROM (new.numerator, new.denominator, new.status)
ORDER BY ABS(COALESCE(new.numerator, 0) - COALESCE(old.numerator, 0)) DESC, indicator, division_code, period
LIMIT 5;
