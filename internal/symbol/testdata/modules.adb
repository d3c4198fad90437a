--  Two functions of one name, each in its package, and one within.
procedure Modules is
   package Textures is
      function Create (N : Integer) return Integer;
   end Textures;
   package Meshes is
      function Create (N : Integer) return Integer;
   end Meshes;
   package body Textures is
      function Create (N : Integer) return Integer is (N + 1);
   end Textures;
   package body Meshes is
      function Create (N : Integer) return Integer is (N + 2);
   end Meshes;
begin
   if Textures.Create (1) + Meshes.Create (1) > 100 then
      raise Program_Error;
   end if;
end Modules;
