export { Badge } from './Badge'
export { Button, buttonClass, IconButton, Spinner } from './Button'
export { Combobox, type ComboItem } from './Combobox'
export { Confirm } from './Confirm'
export { CodeBlock, Copyable, CopyButton, JsonBlock, writeClipboard } from './Copy'
export { classes } from './classes'
export { Dialog } from './Dialog'
export {
  Checkbox,
  Choices,
  Field,
  type Option,
  PasswordField,
  SelectField,
  Switch,
  TextArea,
  TextField,
} from './Field'
export { Marked } from './Marked'
export { Menu, type MenuEntry } from './Menu'
export { Notice, type Tone } from './Notice'
export { Card, Empty, Facts, Kbd, LoadFault, Page, Skeleton } from './Page'
export { Popover } from './Popover'
export { SecretField } from './SecretField'
export { Segmented } from './Segmented'
export { type Column, Table } from './Table'
export { Tabs, tabClass, tabListClass } from './Tabs'
export { fullTime, relativeTime, Time } from './Time'
export { Toasts, toast } from './Toasts'
