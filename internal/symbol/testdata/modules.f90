! Two procedures of one name, each in its module, and one within each.
module textures
contains
  subroutine create(a, n)
    integer, intent(in) :: n
    integer, intent(out) :: a(n)
    call fill()
  contains
    subroutine fill()
      a = 1
    end subroutine
  end subroutine
end module
module meshes
contains
  subroutine create(a, n)
    integer, intent(in) :: n
    integer, intent(out) :: a(n)
    a = 2
  end subroutine
end module
program main
  use textures, only: tc => create
  use meshes, only: mc => create
  integer :: t(3)
  call tc(t, 3)
  call mc(t, 3)
  print *, t
end program
