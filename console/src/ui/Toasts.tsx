import { Toast } from '@base-ui/react/toast'
import style from './Toasts.module.css'

const manager = Toast.createToastManager()

/** Says in passing that something was done. What failed belongs beside where it was asked for. */
export const toast = (title: string) => manager.add({ title, timeout: 5000 })

export function Toasts() {
  return (
    <Toast.Provider toastManager={manager}>
      <Toast.Portal>
        <Toast.Viewport className={style.viewport}>
          <ToastList />
        </Toast.Viewport>
      </Toast.Portal>
    </Toast.Provider>
  )
}

function ToastList() {
  const { toasts } = Toast.useToastManager()
  return toasts.map(entry => (
    <Toast.Root key={entry.id} toast={entry} className={style.toast}>
      <Toast.Title render={<span />} />
      <Toast.Close aria-label="Close">×</Toast.Close>
    </Toast.Root>
  ))
}
