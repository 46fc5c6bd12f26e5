%{
tank.Jobs (job) # the job reservation table
table_name : varchar(255)
key_hash : char(32)
---
status : enum('reserved','error','ignore')
%}
classdef Jobs < dj.Relvar
end
